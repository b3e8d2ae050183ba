"""What the tests share: a server to talk to, a small XMPP client, and a player of scripted scenes."""
