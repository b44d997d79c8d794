// Usage: DATABASE_URL=postgres://... node sandbox/apps/fm5/migrate.mjs
import { migrationCommand } from './migrations.mjs';
import { schemaOptions } from './src/schema.ts';

await migrationCommand(schemaOptions);
