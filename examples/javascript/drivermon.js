// The client of drivermon's bus for Node.js: what `from drivermon import subscribe` is in Python.

import { EventEmitter } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { Subscriber } from "zeromq";

/**
 * @typedef {import("./types/alert.d.ts").DrivermonAlert} AlertMessage
 * @typedef {import("./types/state.d.ts").DrivermonState} StateMessage
 * @typedef {import("./types/health.d.ts").DrivermonHealth} HealthMessage
 * @typedef {AlertMessage | StateMessage | HealthMessage} AnyMessage
 */

const SCHEMA_VERSION = 1;
const SILENCE_MS = 2000; // Health comes once a second: two missing ones mean that nobody watches

/**
 * Emits "alert", "state" and "health" with the message's body and its envelope, and what happens to the link:
 * "lost", "restored", "restarted", "missed" (topic, count), "newer" (version).
 */
export class Drivermon extends EventEmitter {
  /** All alerts that are open, most urgent first. @type {StateMessage["body"]["alerts"]} */
  openAlerts = [];

  #socket = new Subscriber({ reconnectInterval: 100, reconnectMaxInterval: 1000, linger: 0 });
  /** @type {string | undefined} */
  #bootId;
  /** @type {Map<string, number>} */
  #sequence = new Map();
  #lost = false;
  /** @type {NodeJS.Timeout | undefined} */
  #silence;

  /**
   * @param {string} endpoint ipc:///path or tcp://host:port
   * @param {string} [keys] folder of this client's keys, from `drivermon keys`
   */
  constructor(endpoint, keys) {
    super();
    if (keys) Object.assign(this.#socket, readKeys(keys));
    this.#socket.connect(endpoint);
    this.#socket.subscribe("alert.", "state", "health");
    this.#await();
  }

  /** Read until `close`; what is no message of drivermon ends it with an error. */
  async run() {
    for await (const [topic, payload] of this.#socket) {
      const message = /** @type {AnyMessage} */ (JSON.parse(payload.toString()));
      this.#follow(message);
      this.emit(topic.toString().split(".")[0], message.body, message);
    }
  }

  close() {
    clearTimeout(this.#silence);
    this.#socket.close();
  }

  /** @param {AnyMessage} message */
  #follow(message) {
    if (this.#bootId !== undefined && this.#bootId !== message.boot_id) {
      this.openAlerts = [];
      this.#sequence.clear();
      this.emit("restarted");
    }
    if (this.#bootId !== message.boot_id && message.schema_version > SCHEMA_VERSION)
      this.emit("newer", message.schema_version);
    this.#bootId = message.boot_id;
    const missing = message.seq - (this.#sequence.get(message.topic) ?? message.seq - 1) - 1;
    this.#sequence.set(message.topic, message.seq);
    if (missing > 0) this.emit("missed", message.topic, missing);
    if (isState(message)) this.openAlerts = message.body.alerts;
    if (message.topic === "health") this.#await();
  }

  #await() {
    if (this.#lost) this.emit("restored");
    this.#lost = false;
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => {
      this.#lost = true;
      this.emit("lost");
    }, SILENCE_MS);
  }
}

/**
 * @param {AnyMessage} message
 * @returns {message is StateMessage}
 */
function isState(message) {
  return message.topic === "state";
}

/**
 * Read the keys that `drivermon keys` made for this client.
 * @param {string} folder
 */
function readKeys(folder) {
  /** @param {string} file @param {string} part */
  const read = (file, part) => {
    const key = readFileSync(join(folder, file), "ascii").match(new RegExp(`${part}-key = "(.{40})"`));
    if (!key) throw new Error(`${join(folder, file)}: holds no ${part} key`);
    return key[1];
  };
  return {
    curvePublicKey: read("client.key_secret", "public"),
    curveSecretKey: read("client.key_secret", "secret"),
    curveServerKey: read("server.key", "public"),
  };
}
