-- Prosody as the PeerTube plugin of December 2022 set it up: presence to everybody, also into the archive, and a picture in
-- everybody's vCard.
run_as_root = true
pidfile = "{directory}/prosody.pid"
plugin_paths = {{ "{modules}" }}
data_path = "{directory}/data"
certificates = "{directory}"
log = {{ {{ levels = {{ min = "warn" }}, to = "console" }} }}
gc = {{ mode = "generational", minor_threshold = 5, major_threshold = 50 }}
c2s_ports = {{ {c2s_port} }}
c2s_interfaces = {{ "127.0.0.1" }}
c2s_close_timeout = 29
http_ports = {{ {http_port} }}
http_interfaces = {{ "127.0.0.1" }}
https_ports = {{ }}
http_default_host = "localhost"
c2s_require_encryption = false
allow_unencrypted_plain_auth = true
consider_bosh_secure = true
consider_websocket_secure = true
storage = "internal"
modules_enabled = {{ "roster", "saslauth", "carbons", "version", "uptime", "ping", "disco", "websocket", "bosh", "smacks" }}
modules_disabled = {{ "s2s", "offline" }}
VirtualHost "localhost"
VirtualHost "anon.localhost"
  authentication = "anonymous"
  modules_enabled = {{ "picture" }}
  modules_disabled = {{ "carbons" }}
Component "room.localhost" "muc"
  modules_enabled = {{ "muc_mam" }}
  muc_room_locking = false
  muc_room_default_history_length = 20
  muc_room_default_persistent = true
  muc_log_by_default = true
  muc_log_presences = true
  muc_log_expires_after = "1w"
