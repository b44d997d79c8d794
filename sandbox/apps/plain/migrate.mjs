// Usage: DATABASE_URL=postgres://... node sandbox/apps/plain/migrate.mjs
import { migrationCommand } from '../fm5/migrations.mjs';
import { authOptions } from './src/options.ts';

await migrationCommand(authOptions);
