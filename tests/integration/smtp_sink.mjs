// A mail server for tests: keeps what it takes, refuses what it is told to, and says what it saw.
//
//   node smtp_sink.mjs DIRECTORY [--tls KEY CERTIFICATE] [--login USER PASSWORD]
//
// Listens on a free port of 127.0.0.1, which it prints. Each mail it takes is DIRECTORY/N.eml, and a
// line of DIRECTORY/log: {"file", "secure", "user", "from", "to"}. An address "busy-N@…" is told 452 the
// first N times, "unknown@…" always 550, and "quota@…" is refused with 552 when the mail itself came.
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { SMTPServer } from 'smtp-server'

const [directory, ...options] = process.argv.slice(2)
const value = (name, n) => {
  const at = options.indexOf(name)
  return at < 0 ? undefined : options[at + n]
}
const user = value('--login', 1)
const tls = value('--tls', 1) !== undefined
const told = new Map()
let count = 0

const refusal = (code, message) => Object.assign(new Error(message), { responseCode: code })

function recipient(address, _session, callback) {
  const busy = /^busy-(\d+)@/.exec(address.address)
  const before = told.get(address.address) ?? 0
  if (busy && before < Number(busy[1])) {
    told.set(address.address, before + 1)
    callback(refusal(452, '4.2.2 mailbox busy, try later'))
  } else if (address.address.startsWith('unknown@')) {
    callback(refusal(550, '5.1.1 no such user'))
  } else {
    callback()
  }
}

function data(stream, session, callback) {
  const pieces = []
  stream.on('data', (piece) => pieces.push(piece))
  stream.on('end', () => {
    const { mailFrom, rcptTo } = session.envelope
    if (rcptTo.some((to) => to.address.startsWith('quota@'))) {
      callback(refusal(552, '5.2.2 mailbox full'))
      return
    }
    const file = `${++count}.eml`
    const line = {
      file, secure: session.secure, user: session.user ?? '', from: mailFrom.address,
      to: rcptTo.map((to) => to.address),
    }
    writeFileSync(join(directory, file), Buffer.concat(pieces))
    appendFileSync(join(directory, 'log'), `${JSON.stringify(line)}\n`)
    callback(null, `queued as ${count}`)
  })
}

const server = new SMTPServer({
  authOptional: user === undefined,
  disabledCommands: [...(tls ? [] : ['STARTTLS']), ...(user === undefined ? ['AUTH'] : [])],
  key: tls ? readFileSync(value('--tls', 1)) : undefined,
  cert: tls ? readFileSync(value('--tls', 2)) : undefined,
  disableReverseLookup: true,
  onAuth: (auth, _session, callback) =>
    auth.username === user && auth.password === value('--login', 2)
      ? callback(null, { user })
      : callback(refusal(535, '5.7.8 wrong user or password')),
  onRcptTo: recipient,
  onData: data,
})
server.on('error', (error) => console.error(String(error)))
server.listen(0, '127.0.0.1', () => console.log(server.server.address().port))
