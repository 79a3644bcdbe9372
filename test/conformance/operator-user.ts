import type { AccountOptions, OperatorUser, UserOptions } from "../support/operator.ts";
import type { Peer } from "./peer.ts";
import { connectFully, type Scenario } from "./scenario.ts";
import type { Scene } from "./scene.ts";
import { signatureOf } from "./sign-in.ts";

/** To subjects that most scenarios are about, and to others. */
const TRY_SUBJECTS = "SUB in.> 1\r\nSUB a 2\r\nSUB in.x 3\r\nPUB a 1\r\nx\r\nPUB b 1\r\nx\r\n";

/** A peer that signs in as this user, or shows the JWT alone. */
export async function signIn(
  scene: Scene,
  name: string,
  user: OperatorUser,
  isSigned: boolean = true,
): Promise<Peer> {
  const peer = await scene.peer(name);
  const signature = isSigned ? { sig: signatureOf(peer, user.keys) } : {};
  peer.send(connectFully({ jwt: user.jwt, ...signature }));
  await peer.sync();
  return peer;
}

interface Entry {
  readonly user?: UserOptions;
  /** The account's, in a configuration of the scenario's own. */
  readonly account?: AccountOptions;
  /** Whether it signs the nonce. @default true */
  readonly isSigned?: boolean;
  /** @default TRY_SUBJECTS */
  readonly say?: string;
}

/** A user of the operator's account comes in, or doesn't, and tries what it may. */
export function entry(name: string, { user, account, isSigned = true, say = TRY_SUBJECTS }: Entry): Scenario {
  return {
    name,
    ...(account === undefined ? {} : { config: ({ operator }) => operator.config(account) }),
    play: async (scene) => {
      const peer = await signIn(scene, "client", await scene.props.operator.user(user), isSigned);
      peer.send(say);
      await peer.sync();
    },
  };
}
