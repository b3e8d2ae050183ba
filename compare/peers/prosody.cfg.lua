-- Prosody as its documentation advises for rooms with a large audience: presence of nobody but moderators is passed on
-- (https://prosody.im/doc/modules/mod_muc), the fastest network backend, no modules beyond what a room with history needs.
run_as_root = true
pidfile = "{directory}/prosody.pid"
data_path = "{directory}/data"
certificates = "{directory}"
log = {{ {{ levels = {{ min = "warn" }}, to = "console" }} }}
network_backend = "epoll"
network_settings = {{ tcp_backlog = 4096 }}
gc = {{ mode = "generational" }}
c2s_ports = {{ {c2s_port} }}
c2s_interfaces = {{ "127.0.0.1" }}
http_ports = {{ {http_port} }}
http_interfaces = {{ "127.0.0.1" }}
https_ports = {{ }}
http_default_host = "localhost"
c2s_require_encryption = false
allow_unencrypted_plain_auth = true
consider_bosh_secure = true
consider_websocket_secure = true
storage = "internal"
modules_enabled = {{ "saslauth", "disco", "version", "ping", "websocket", "bosh", "smacks" }}
modules_disabled = {{ "s2s", "offline" }}
VirtualHost "localhost"
VirtualHost "anon.localhost"
  authentication = "anonymous"
Component "room.localhost" "muc"
  modules_enabled = {{ "muc_mam" }}
  muc_room_locking = false
  max_history_messages = 20
  muc_room_default_history_length = 20
  muc_room_default_presence_broadcast = {{ visitor = false; participant = false; moderator = true; }}
