// Asks the real better-auth which requests of a schedule it allows: milliseconds on stdin, one true or false each on stdout.
// Its clock is Date.now, which is set to the schedule, so that no second passes.
import { readFileSync } from 'node:fs'
import { betterAuth } from 'better-auth'

const schedule = JSON.parse(readFileSync(0, 'utf8'))
const auth = betterAuth({
  baseURL: 'https://app.test',
  secret: 'only-for-this-comparison-0123456789abcdef',
  emailAndPassword: { enabled: true },
  rateLimit: { enabled: true, storage: 'memory' },
  advanced: { ipAddress: { ipAddressHeaders: ['cf-connecting-ip'] } },
  logger: { disabled: true },
})
const begin = Date.now()
const allowed = []
for (const milliseconds of schedule) {
  Date.now = () => begin + milliseconds
  const response = await auth.handler(new Request('https://app.test/api/auth/sign-in/email', {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: 'https://app.test', 'cf-connecting-ip': '203.0.113.7' },
    body: JSON.stringify({ email: 'not an address', password: 'x' }),
  }))
  allowed.push(response.status !== 429)
}
process.stdout.write(JSON.stringify(allowed))
