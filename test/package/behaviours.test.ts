import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import { findProblems, listAnchors, listIds, listTitles, readSources } from "../../scripts/behaviours.mjs";

const root = new URL("../../", import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), "utf8");

const TESTS = new Map([
  ["unit/a.test.ts", ["a suite > does one thing", "a suite > does another", "b suite > does another"]],
]);
const DIFFERENCES = "# Differences\n\n### An unknown -ERR: `x`\n";

/** The problems of a page in which all behaviours are pinned but for what `change` does to one row. */
function problemsOf(id: string, change: (row: string) => string): string[] {
  const rows = [...listIds()].map((each) => `| ${each} | what | \`unit/a.test.ts: one thing\` |`);
  const page = rows.map((row) => (row.startsWith(`| ${id} |`) ? change(row) : row)).join("\n");
  return findProblems({ page, differences: DIFFERENCES, tests: TESTS }).map(
    ({ line, text }) => `${line}: ${text}`,
  );
}

const where =
  (pin: string) =>
  (row: string): string =>
    row.replace(/`.*`/, pin);

describe("the check of test/behaviours.md", () => {
  test("knows all behaviours", () => {
    expect(listIds().size).toBe(632);
    expect(listIds()).toContain("POOL-20");
    expect(listIds()).not.toContain("POOL-15");
  });

  test.each([
    ["a test by a part of its title", "`unit/a.test.ts: one thing`"],
    ["a test by its suite too", "`unit/a.test.ts: b suite > does an`"],
    [
      "a difference",
      "[difference: An unknown -ERR: `x`](../docs/differences-from-nats.go.md#an-unknown--err-x)",
    ],
    ["several", "`unit/a.test.ts: one thing`<br>`unit/a.test.ts: a suite > does another`"],
  ])("is content with %s", (_what, pin) => {
    expect(problemsOf("OPT-07", where(pin))).toEqual([]);
  });

  test.each([
    ["no test of that title", "`unit/a.test.ts: nothing`", '32: OPT-07: no test "nothing" in unit/a.test.ts'],
    ["a part of two titles", "`unit/a.test.ts: another`", '32: OPT-07: 2 tests "another" in unit/a.test.ts'],
    ["no such file", "`unit/b.test.ts: one thing`", "32: OPT-07: no test file unit/b.test.ts"],
    [
      "no such difference",
      "[difference: Other](../docs/differences-from-nats.go.md#other)",
      '32: OPT-07: no difference "Other" at #other',
    ],
    ["what is open", "open", "32: OPT-07: open"],
    ["what is open in part", "`unit/a.test.ts: one thing`<br>open", "32: OPT-07: open"],
    ["something else", "somewhere", "32: OPT-07: neither a test nor a difference: somewhere"],
    ["nothing", "", "32: OPT-07: is pinned nowhere"],
  ])("tells of %s", (_what, pin, problem) => {
    expect(problemsOf("OPT-07", where(pin))).toEqual([problem]);
  });

  test("tells of a behaviour that is missing, unknown, or there twice", () => {
    expect(problemsOf("OPT-07", () => "")).toEqual(["632: OPT-07 is missing"]);
    expect(problemsOf("OPT-07", (row) => `${row}\n${row}`)).toEqual([
      "33: OPT-07 is listed already in line 32",
    ]);
    expect(problemsOf("OPT-07", (row) => row.replace("OPT-07", "OPT-77"))).toEqual([
      "32: OPT-77 is no behaviour",
      "632: OPT-07 is missing",
    ]);
  });

  test("tells of a row that is none", () => {
    expect(problemsOf("OPT-07", () => "| OPT-07 | what |")).toEqual([
      "32: not a row of three cells: | OPT-07 | what |",
      "632: OPT-07 is missing",
    ]);
  });

  test("finds the titles of a source", () => {
    const source = `
describe("one", () => {
  test("says \\"a\\"", () => {});
  it.each([
    ["a", 1],
  ])("has %s", () => {});
  describe.skipIf(a > b)("two", () => {
    test.each<[string, (x: number) => void]>([["b"]])(
      'is "%s"',
      () => {},
    );
  });
});
test(\`stands alone\`, () => {});
`;
    expect(listTitles(source)).toEqual([
      'one > says "a"',
      "one > has %s",
      'one > two > is "%s"',
      "stands alone",
    ]);
  });

  test("finds all tests of the project", () => {
    const { tests } = readSources(root);
    const counts = [...tests].map(([file, titles]) => {
      const calls = read(`test/${file}`).match(/^ *(?:(?:it|test)\b(?!\.ts)[.(<]|needs\("[^"]*"\))/gm) ?? [];
      return [file, calls.length - titles.length];
    });
    // Its own source has some in texts.
    expect(
      counts.filter(([file, difference]) => difference !== 0 && file !== "package/behaviours.test.ts"),
    ).toEqual([]);
  });

  test("as a program fails for a broken copy, and says where", () => {
    const folder = mkdtempSync(join(tmpdir(), "behaviours-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    for (const part of ["scripts", "test", "docs"]) {
      cpSync(fileURLToPath(new URL(part, root)), join(folder, part), { recursive: true });
    }
    const page = join(folder, "test/behaviours.md");
    writeFileSync(
      page,
      read("test/behaviours.md").replace(/^\| OPT-07 \|.*$/m, "| OPT-07 | nothing | `a.test.ts: b` |"),
    );
    const program = join(folder, "scripts/behaviours.mjs");
    const { status, stdout } = spawnSync(process.execPath, [program], { encoding: "utf8" });
    expect(stdout).toMatch(/^test\/behaviours\.md:\d+: OPT-07: no test file a\.test\.ts$/m);
    expect(status).toBe(1);
    const sources = readSources(pathToFileURL(`${folder}/`));
    expect(findProblems(sources).map(({ text }) => text)).toContain("OPT-07: no test file a.test.ts");
  });
});

/** Every exported name of the core of nats.go 1.55, by the page's headings. */
const NAMES: Readonly<Record<string, string>> = {
  Constants: `
    Version DefaultURL DefaultPort DefaultMaxReconnect DefaultReconnectWait DefaultReconnectJitter
    DefaultReconnectJitterTLS DefaultTimeout DefaultPingInterval DefaultMaxPingOut DefaultMaxChanLen
    DefaultReconnectBufSize RequestChanLen DefaultDrainTimeout LangString STALE_CONNECTION
    PERMISSIONS_ERR AUTHORIZATION_ERR AUTHENTICATION_EXPIRED_ERR AUTHENTICATION_REVOKED_ERR
    ACCOUNT_AUTHENTICATION_EXPIRED_ERR MAX_CONNECTIONS_ERR DefaultOptions DISCONNECTED CONNECTED CLOSED
    RECONNECTING CONNECTING DRAINING_SUBS DRAINING_PUBS InboxPrefix AsyncSubscription SyncSubscription
    ChanSubscription NilSubscription PullSubscription DefaultSubPendingMsgsLimit
    DefaultSubPendingBytesLimit DefaultWriteBufSize DefaultFlusherTimeout MAX_ACCOUNT_CONNECTIONS_ERR
    MAX_SUBSCRIPTIONS_ERR SubscriptionActive SubscriptionDraining SubscriptionClosed
    SubscriptionSlowConsumer`,
  Errors: `
    ErrConnectionClosed ErrConnectionDraining ErrDrainTimeout ErrConnectionReconnecting
    ErrSecureConnRequired ErrSecureConnWanted ErrBadSubscription ErrTypeSubscription ErrBadSubject
    ErrBadQueueName ErrSlowConsumer ErrTimeout ErrBadTimeout ErrAuthorization ErrAuthExpired
    ErrAuthRevoked ErrAccountAuthExpired ErrNoServers ErrJsonParse ErrChanArg ErrMaxPayload
    ErrMaxMessages ErrSyncSubRequired ErrMultipleTLSConfigs ErrNoInfoReceived ErrReconnectBufExceeded
    ErrInvalidConnection ErrInvalidMsg ErrInvalidArg ErrInvalidContext ErrNoDeadlineContext
    ErrNoEchoNotSupported ErrClientIDNotSupported ErrUserButNoSigCB ErrNkeyButNoSigCB ErrNoUserCB
    ErrNkeyAndUser ErrNkeysNotSupported ErrStaleConnection ErrTokenAlreadySet ErrMsgNotBound
    ErrMsgNoReply ErrClientIPNotSupported ErrDisconnected ErrHeadersNotSupported ErrBadHeaderMsg
    ErrNoResponders ErrNoContextOrTimeout ErrMaxConnectionsExceeded ErrPermissionViolation
    ErrClientCertOrRootCAsRequired ErrUserInfoAlreadySet ErrMaxAccountConnectionsExceeded
    ErrConnectionNotTLS ErrTLS ErrMaxSubscriptionsExceeded ErrWebSocketHeadersAlreadySet
    ErrServerNotInPool ErrMixingWebsocketSchemes`,
  Types: `
    Status ConnHandler ConnErrHandler ErrHandler UserJWTHandler SignatureHandler AuthTokenHandler
    ReconnectDelayHandler Option CustomDialer Options Conn Subscription Msg Statistics MsgHandler Header
    SubscriptionType TLSCertHandler RootCAsHandler UserInfoCB WebSocketHeadersHandler
    ReconnectToServerHandler InProcessConnProvider SubStatus Server ServerInfo`,
  "Options fields": `
    Url Servers NoRandomize NoEcho Name Verbose Pedantic Secure TLSConfig AllowReconnect MaxReconnect
    ReconnectWait CustomReconnectDelayCB ReconnectJitter ReconnectJitterTLS Timeout DrainTimeout
    FlusherTimeout PingInterval MaxPingsOut ClosedCB DisconnectedCB DisconnectedErrCB ReconnectedCB
    DiscoveredServersCB AsyncErrorCB ReconnectBufSize SubChanLen UserJWT Nkey SignatureCB User Password
    Token TokenHandler Dialer CustomDialer UseOldRequestStyle NoCallbacksAfterClientClose
    LameDuckModeHandler RetryOnFailedConnect Compression ProxyPath InboxPrefix InProcessServer TLSCertCB
    TLSHandshakeFirst RootCAsCB ReconnectOnFlusherError ConnectedCB ReconnectErrCB ReconnectToServerCB
    UserInfo AllowMultipathTCP IgnoreAuthErrorAbort SkipHostLookup PermissionErrOnSubscribe
    WebSocketConnectionHeaders WebSocketConnectionHeadersHandler SkipSubjectValidation
    IgnoreDiscoveredServers WriteBufferSize`,
  Functions: `
    GetDefaultOptions Connect Name Secure RootCAs ClientCert NoReconnect DontRandomize NoEcho
    ReconnectWait MaxReconnects ReconnectJitter CustomReconnectDelay PingInterval MaxPingsOutstanding
    ReconnectBufSize Timeout FlusherTimeout DrainTimeout DisconnectErrHandler DisconnectHandler
    ReconnectHandler ClosedHandler DiscoveredServersHandler ErrorHandler UserInfo Token TokenHandler
    UserCredentials UserJWT Nkey SyncQueueLen Dialer SetCustomDialer UseOldRequestStyle
    NoCallbacksAfterClientClose LameDuckModeHandler RetryOnFailedConnect Compression ProxyPath
    CustomInboxPrefix NewMsg NewInbox NkeyOptionFromSeed InProcessServer ClientTLSConfig
    ReconnectToServer WriteBufferSize ReconnectOnFlusherError ConnectHandler ReconnectErrHandler
    UserInfoHandler UserCredentialBytes UserJWTAndSeed MultipathTCP IgnoreAuthErrorAbort SkipHostLookup
    PermissionErrOnSubscribe TLSHandshakeFirst WebSocketConnectionHeaders
    WebSocketConnectionHeadersHandler SkipSubjectValidation IgnoreDiscoveredServers DecodeHeadersMsg`,
  "Methods of a connection": `
    SetDisconnectHandler SetDisconnectErrHandler SetReconnectHandler SetDiscoveredServersHandler
    SetClosedHandler SetErrorHandler ConnectedUrl ConnectedUrlRedacted ConnectedAddr ConnectedServerId
    ConnectedServerName ConnectedServerVersion ConnectedClusterName LastError Publish PublishMsg
    PublishRequest RequestMsg Request NewRespInbox Subscribe ChanSubscribe ChanQueueSubscribe
    SubscribeSync QueueSubscribe QueueSubscribeSync QueueSubscribeSyncWithChan NumSubscriptions
    FlushTimeout RTT Flush Buffered Close IsClosed IsReconnecting IsConnected Drain IsDraining Servers
    DiscoveredServers Status Stats MaxPayload HeadersSupported AuthRequired TLSRequired Barrier
    GetClientIP GetClientID DisconnectErrHandler ReconnectHandler DiscoveredServersHandler ClosedHandler
    ErrorHandler TLSConnectionState ForceReconnect LocalAddr ConnectedDomain ConnectedServerJetStream
    IsSystemAccount RemoteAccount NewInbox ServerPool SetServerPool StatusChanged RemoveStatusListener
    RequestMsgWithContext RequestWithContext FlushWithContext`,
  "Methods of a subscription": `
    Type IsValid Drain Unsubscribe AutoUnsubscribe NextMsg QueuedMsgs Pending MaxPending ClearMaxPending
    PendingLimits SetPendingLimits Delivered Dropped IsDraining StatusChanged SetClosedHandler
    NextMsgWithContext Msgs MsgsTimeout`,
  "Methods of a message": `
    Respond RespondMsg Equal Size`,
  "Methods of headers": `
    Add Set Get Values Del`,
  "Other methods": `
    Status.String Options.Connect SubStatus.String`,
  "Statistics fields": `
    InMsgs OutMsgs InBytes OutBytes Reconnects`,
};

describe("docs/coming-from-nats.go.md", () => {
  const page = read("docs/coming-from-nats.go.md");

  test.each(Object.entries(NAMES))("has a row for each of the %s", (heading, names) => {
    const [, section = ""] = page.split(`\n## ${heading}\n`);
    const rows = section.split("\n## ")[0]!.matchAll(/^\| `([\w.]+)` \| [^|]+ \|.*\|$/gm);
    expect([...rows].map(([, name]) => name)).toEqual(names.trim().split(/\s+/));
  });

  test.each(["docs/coming-from-nats.go.md", "docs/differences-from-nats.go.md"])(
    "%s links to headings that exist",
    (path) => {
      const anchors = listAnchors(read("docs/differences-from-nats.go.md"));
      const links = [...read(path).matchAll(/\]\(differences-from-nats\.go\.md#([^)]+)\)/g)];
      expect(links.map(([, anchor]) => anchor).filter((anchor) => !anchors.has(String(anchor)))).toEqual([]);
    },
  );
});
