// The part of XMLHttpRequest that strophe.js uses for BOSH, over Node's fetch.

globalThis.XMLHttpRequest = class {
  readyState = 0;
  status = 0;
  responseText = "";
  responseXML = null;
  #headers = {};
  #answered = new Headers();
  #cancel = new AbortController();

  open(method, url) {
    Object.assign(this, { method, url, readyState: 1 });
  }

  setRequestHeader(name, value) {
    this.#headers[name] = value;
  }

  getAllResponseHeaders() {
    return [...this.#answered].map(([name, value]) => `${name}: ${value}\r\n`).join("");
  }

  overrideMimeType() {}

  abort() {
    this.#cancel.abort();
  }

  async send(body) {
    try {
      const answer = await fetch(this.url, { method: this.method, headers: this.#headers, body, signal: this.#cancel.signal });
      this.responseText = await answer.text();
      this.status = answer.status;
      this.#answered = answer.headers;
      this.responseXML = new DOMParser().parseFromString(this.responseText, "text/xml");
    } catch {
      this.status = 0;
    }
    this.readyState = 4;
    this.onreadystatechange?.();
  }
};
