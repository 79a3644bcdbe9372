import { CONNECT, connect, connectFully, type Group } from "../scenario.ts";

export const REQUESTS: Group = {
  name: "Requests, replies and no responders",
  scenarios: [
    {
      name: "a request, its reply with headers",
      play: async (scene) => {
        const responder = await scene.peer("responder", `${connectFully()}SUB service 1\r\n`);
        const requester = await scene.peer("requester", `${connectFully()}SUB inbox.* 9\r\n`);
        requester.send("PUB service inbox.1 3\r\nask\r\n");
        await responder.until("ask\r\n");
        responder.send("HPUB inbox.1 18 24\r\nNATS/1.0\r\nA: b\r\n\r\nanswer\r\n");
        await requester.until("answer\r\n");
        await requester.sync();
      },
    },
    {
      name: "nobody is there: 503 to who wants it",
      play: async (scene) => {
        const requester = await scene.peer("requester", `${connectFully()}SUB inbox.* 9\r\n`);
        requester.send("PUB nobody inbox.1 3\r\nask\r\nHPUB nobody.b inbox.2 12 12\r\nNATS/1.0\r\n\r\n\r\n");
        await requester.sync();
      },
    },
    {
      name: "nobody is there: nothing to who doesn't want it, has no inbox, or gives none",
      play: async (scene) => {
        const plain = await scene.peer("plain", `${CONNECT}SUB inbox.* 9\r\n`);
        plain.send("PUB nobody inbox.1 3\r\nask\r\n");
        await plain.sync();
        const headers = await scene.peer("headers", `${connect({ headers: true })}SUB inbox.* 9\r\n`);
        headers.send("PUB nobody inbox.1 3\r\nask\r\n");
        await headers.sync();
        const homeless = await scene.peer("homeless", connectFully());
        homeless.send("PUB nobody inbox.1 3\r\nask\r\nPUB nobody 3\r\nask\r\n");
        await homeless.sync();
      },
    },
    {
      name: "the requester's own subscription counts as somebody, but not without echo",
      play: async (scene) => {
        const loud = await scene.peer("loud", `${connectFully()}SUB inbox.* 9\r\nSUB a 1\r\n`);
        loud.send("PUB a inbox.1 1\r\nx\r\n");
        await loud.sync();
        const quiet = await scene.peer(
          "quiet",
          `${connectFully({ echo: false })}SUB inbox.* 9\r\nSUB b 1\r\n`,
        );
        quiet.send("PUB b inbox.1 1\r\nx\r\n");
        await quiet.sync();
      },
    },
    {
      name: "503 counts toward the maximum of the inbox's subscription",
      play: async (scene) => {
        const client = await scene.peer("client", `${connectFully()}SUB inbox 9\r\nUNSUB 9 1\r\n`);
        client.send("PUB nobody inbox 1\r\nx\r\nPUB nobody inbox 1\r\nx\r\n");
        await client.sync();
      },
    },
    {
      name: "503 with several subscriptions at the inbox",
      play: async (scene) => {
        const client = await scene.peer("client", `${connectFully()}SUB inbox.a 7\r\nSUB inbox.b q 8\r\n`);
        client.send(
          "PUB nobody inbox.a 1\r\nx\r\nPUB nobody inbox.b 1\r\nx\r\nPUB nobody inbox.c 1\r\nx\r\n",
        );
        await client.sync();
      },
    },
    {
      name: "verbose requests without a responder",
      play: async (scene) => {
        const client = await scene.peer("client", `${connectFully({ verbose: true })}SUB inbox 9\r\n`);
        client.send("PUB nobody inbox 1\r\nx\r\n");
        await client.sync();
      },
    },
  ],
};
