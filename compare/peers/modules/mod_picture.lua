-- Everybody has a picture of 4 kB, as the users of a PeerTube instance have their avatars.
local st = require "util.stanza";
local base64 = require "util.encodings".base64.encode;
local picture = base64(string.rep("\137PNG and then some", 224));
module:add_feature("vcard-temp");
module:hook("iq-get/bare/vcard-temp:vCard", function (event)
	event.origin.send(st.reply(event.stanza):tag("vCard", { xmlns = "vcard-temp" })
		:tag("PHOTO"):text_tag("TYPE", "image/png"):text_tag("BINVAL", picture));
	return true;
end);
