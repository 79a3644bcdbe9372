import { answerPings } from "./client-operations.ts";
import type { ScriptedPeer } from "./scripted-peer.ts";
import type { Script } from "./scripted-server.ts";

/** Answers CONNECT in this way, and closes as servers do. */
export async function refuse(peer: ScriptedPeer, text = "Authorization Violation"): Promise<void> {
  peer.sendInfo({ nonce: "bm9uY2U" });
  await peer.readLine();
  peer.send(`-ERR '${text}'\r\n`);
  peer.close();
}

/** For each connection in turn: the text to refuse it with, or "ok" to accept it; the last one goes for all others. */
export function inTurn(...answers: string[]): Script {
  return async (peer) => {
    const answer = answers[Math.min(peer.number, answers.length) - 1]!;
    if (answer !== "ok") return await refuse(peer, answer);
    await peer.accept({ nonce: "bm9uY2U" });
    await answerPings(peer);
  };
}
