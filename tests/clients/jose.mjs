// Tokens and keys as better-auth's jwt plugin makes them: with jose, the key published beside its algorithm and id. One for each algorithm
// named on the command line, as JSON on standard output.
import { SignJWT, exportJWK, generateKeyPair } from 'jose'

const made = process.argv.slice(2).map(async (alg) => {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true })
  const token = await new SignJWT({ sub: 'u1' }).setProtectedHeader({ alg, kid: alg }).setIssuedAt().sign(privateKey)
  return { token, key: { alg, ...(await exportJWK(publicKey)), kid: alg } }
})
process.stdout.write(JSON.stringify(await Promise.all(made)))
