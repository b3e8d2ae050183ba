// Plays the program at the other end of the channel, well or badly, as its argument says. It takes sockets as Node does, and
// holds on to them.
const how = process.argv[2]
const held = []
const answer = (said) => process.send(said)

process.on('message', (said, socket) => {
  socket?.on('error', () => undefined)
  if (said.t === 'test') {
    if (how !== 'deaf') socket.end('ok')
    return
  }
  held.push(socket)
  if (how === 'dies') process.exit(1)
  if (how === 'late') setTimeout(() => answer({ t: 'in', id: said.id }), 4500)
  else if (how === 'refuses' && held.length === 1) {
    socket.destroy()
    answer({ t: 'refused', id: said.id, why: 'descriptors' })
  } else answer({ t: 'in', id: said.id })
})

// Talk of what nobody knows, before and after.
answer({ t: 'weather', id: 1 })
answer('a word')
if (how !== 'silent') answer({ t: 'hello', v: how === 'newer' ? 2 : 1, max_fds: 100 })
