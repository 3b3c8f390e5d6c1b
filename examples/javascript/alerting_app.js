// An alerting app: speaks when drivermon does, and also when drivermon falls silent.
//
//     node alerting_app.js ipc:///run/drivermon/bus.sock
//     node alerting_app.js tcp://car:5570 dashboard/

import { Drivermon } from "./drivermon.js";

const [endpoint = `ipc://${process.env.XDG_RUNTIME_DIR}/drivermon/bus.sock`, keys] = process.argv.slice(2);
const drivermon = new Drivermon(endpoint, keys);

drivermon.on("alert", (/** @type {import("./drivermon.js").AlertMessage["body"]} */ alert) => {
  const what = alert.event === "cleared" ? "over" : alert.severity;
  console.log(`${what}: ${alert.kind} ${alert.evidence.detail ?? ""}`);
});
drivermon.on("state", () => {
  const open = drivermon.openAlerts.map((alert) => alert.kind).join(" ");
  if (open !== shown) console.log(`open: ${open || "none"}`);
  shown = open;
});
drivermon.on("lost", () => console.log("drivermon is silent: nobody watches the driver"));
drivermon.on("restored", () => console.log("drivermon is back"));
drivermon.on("restarted", () => console.log("drivermon has restarted: old alerts are void"));
drivermon.on("missed", (topic, count) => console.log(`${count} of ${topic} missed`));

let shown = "";
process.on("SIGINT", () => drivermon.close());
await drivermon.run();
