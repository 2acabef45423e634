import { type AddressInfo, createServer, type Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { PeerFault } from "./peer-fault.ts";

/** A moment of an SMTP session at which a server can misbehave. `content` is the first octets of a message, `dot` its end. */
export type PeerStage =
  | "greeting"
  | "EHLO"
  | "HELO"
  | "STARTTLS"
  | "handshake"
  | "AUTH"
  | "MAIL"
  | "RCPT"
  | "DATA"
  | "content"
  | "dot"
  | "RSET"
  | "QUIT";

/** What goes wrong; `nth` counts how often the stage was reached on all connections together, from 1. */
export type PeerTemper = (stage: PeerStage, nth: number) => PeerFault | undefined;

/** A server that speaks SMTP as badly as it is told to. */
export interface BadPeer extends AsyncDisposable {
  readonly host: "127.0.0.1";
  readonly port: number;
  /** Command lines as they came, of all connections. */
  readonly commands: readonly string[];
  /** Messages that came whole, up to their final dot, whatever was answered; dots as on the wire. */
  readonly messages: readonly string[];
  /** What was read, as it was cut: commands that came together make one entry. */
  readonly chunks: readonly string[];
  readonly connections: number;
  /** Sends something nobody asked for on every open connection. */
  say(text: string): void;
  /** Closes every open connection. */
  hangUp(): void;
}

const ANSWERS: Readonly<Record<PeerStage, string>> = {
  greeting: "220 peer.test ESMTP",
  EHLO: "",
  HELO: "250 peer.test",
  STARTTLS: "220 2.0.0 Ready",
  handshake: "",
  AUTH: "235 2.7.0 Welcome",
  MAIL: "250 2.1.0 Sender ok",
  RCPT: "250 2.1.5 Recipient ok",
  DATA: "354 Go on",
  content: "",
  dot: "250 2.0.0 Ok: queued",
  RSET: "250 2.0.0 Ok",
  QUIT: "221 2.0.0 Bye",
};

const isCommand = (verb: string): verb is PeerStage => verb in ANSWERS && verb === verb.toUpperCase();

/**
 * Starts it on a free loopback port.
 *
 * @param options.temper which fault at which stage; none by default.
 * @param options.extensions lines of the answer to EHLO; STARTTLS is among them when `tls` is given. PIPELINING alone by default.
 * @param options.tls PEM certificate and key.
 */
export async function startBadPeer(
  options: {
    readonly temper?: PeerTemper;
    readonly extensions?: readonly string[];
    readonly tls?: { readonly cert: string; readonly key: string };
  } = {},
): Promise<BadPeer> {
  const { temper = () => undefined, tls } = options;
  const offered = [...(options.extensions ?? ["PIPELINING"]), ...(tls === undefined ? [] : ["STARTTLS"])];
  const commands: string[] = [];
  const messages: string[] = [];
  const chunks: string[] = [];
  const sockets = new Set<Socket>();
  const speaking = new Set<Socket>();
  const timers = new Set<NodeJS.Timeout>();
  const reached = new Map<PeerStage, number>();
  let connections = 0;

  const faultAt = (stage: PeerStage): PeerFault | undefined => {
    const nth = (reached.get(stage) ?? 0) + 1;
    reached.set(stage, nth);
    return temper(stage, nth);
  };

  /** Answers, well or badly. False if the session is not to go on. */
  const respond = (socket: Socket, fault: PeerFault | undefined, usual: string): boolean => {
    switch (fault?.kind) {
      case undefined:
        if (usual !== "") socket.write(`${usual}\r\n`);
        return true;
      case "answer":
        socket.write(`${fault.text}\r\n`);
        return true;
      case "last-words":
        socket.end(`${fault.text}\r\n`);
        return false;
      case "raw":
        socket.write(fault.octets);
        return true;
      case "late": {
        const timer = setTimeout(() => {
          timers.delete(timer);
          socket.write(`${usual}\r\n`);
        }, fault.ms);
        timers.add(timer);
        return true;
      }
      case "drip": {
        let at = 0;
        const timer = setInterval(() => {
          socket.write(fault.text.charAt(at++ % fault.text.length));
        }, fault.everyMs);
        timers.add(timer);
        return false;
      }
      case "silence":
        return false;
      case "close":
        socket.end();
        return false;
      case "reset":
        socket.resetAndDestroy();
        return false;
    }
  };

  const serve = (socket: Socket, greet: boolean): void => {
    let content: "no" | "begins" | "goes on" = "no";
    let rest = "";
    let open = true;

    /** Takes content up to the final dot; false if that has not come. */
    const takeContent = (): boolean => {
      if (content === "begins" && rest !== "") {
        content = "goes on";
        const fault = faultAt("content");
        if (fault !== undefined) open = respond(socket, fault, "");
      }
      const end = rest.startsWith(".\r\n") ? -2 : rest.indexOf("\r\n.\r\n");
      if (end === -1) return false;
      messages.push(rest.slice(0, end + 2));
      rest = rest.slice(end + 5);
      content = "no";
      open &&= respond(socket, faultAt("dot"), ANSWERS.dot);
      return true;
    };

    /** Takes one command; false if none has come. */
    const takeCommand = (): boolean => {
      const end = rest.indexOf("\r\n");
      if (end < 0) return false;
      const line = rest.slice(0, end);
      rest = rest.slice(end + 2);
      commands.push(line);
      const verb = line.slice(0, line.search(/[ :]|$/)).toUpperCase();
      if (!isCommand(verb)) {
        socket.write("500 5.5.2 What?\r\n");
        return true;
      }
      const fault = faultAt(verb);
      open = respond(socket, fault, verb === "EHLO" ? helloOf(offered) : ANSWERS[verb]);
      const said = fault?.kind === "answer" ? fault.text : ANSWERS[verb];
      if (verb === "DATA" && said.startsWith("354")) content = "begins";
      if (verb === "STARTTLS" && tls !== undefined && open && said.startsWith("220")) startTls(tls);
      if (verb === "QUIT") socket.end();
      return true;
    };

    const onData = (chunk: Buffer): void => {
      chunks.push(chunk.toString("latin1"));
      rest += chunk.toString("latin1");
      while (open && (content === "no" ? takeCommand() : takeContent()));
    };

    const startTls = (certificate: { readonly cert: string; readonly key: string }): void => {
      open = false;
      speaking.delete(socket);
      socket.off("data", onData);
      const fault = faultAt("handshake");
      if (fault !== undefined) {
        respond(socket, fault, "");
        return;
      }
      const secured = new TLSSocket(socket, { isServer: true, ...certificate });
      sockets.add(secured);
      serve(secured, false);
    };

    speaking.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => speaking.delete(socket));
    if (greet) open = respond(socket, faultAt("greeting"), ANSWERS.greeting);
    socket.on("data", onData);
  };

  const server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    serve(socket, true);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    host: "127.0.0.1",
    port: (server.address() as AddressInfo).port,
    commands,
    messages,
    chunks,
    get connections() {
      return connections;
    },
    say: (text) => {
      for (const socket of speaking) socket.write(text);
    },
    hangUp: () => {
      for (const socket of speaking) socket.end();
    },
    [Symbol.asyncDispose]: async () => {
      for (const timer of timers) clearTimeout(timer);
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const helloOf = (offered: readonly string[]): string =>
  ["peer.test", ...offered]
    .map((line, index, all) => `250${index === all.length - 1 ? " " : "-"}${line}`)
    .join("\r\n");
