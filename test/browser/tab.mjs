const LIMIT = 20_000;

/** One tab, as a person uses and reads it. */
export class Tab {
  /** @readonly */
  #page;
  #expectsFailedDials = false;
  /** Errors on the console and exceptions that nobody caught. @type {string[]} */
  unexpected = [];

  /** @param {any} page */
  constructor(page) {
    this.#page = page;
    page.setDefaultTimeout(LIMIT);
    page.on("pageerror", (/** @type {Error} */ error) => this.unexpected.push(String(error)));
    page.on("console", (/** @type {any} */ line) => {
      if (line.type() !== "error" && line.type() !== "warning") return;
      // Chromium prints each WebSocket that can't be opened, whatever the page does about it.
      const isFailedDial = /^WebSocket connection to '.*' failed/.test(line.text());
      if (!(isFailedDial && this.#expectsFailedDials)) this.unexpected.push(line.text());
    });
  }

  /**
   * @param {any} context
   * @param {string} url
   */
  static async open(context, url) {
    const tab = new Tab(await context.newPage());
    await tab.#page.goto(url);
    return tab;
  }

  /** From now on the server or the network may be away. */
  expectFailedDials() {
    this.#expectsFailedDials = true;
  }

  /** @param {string} text */
  async say(text) {
    await this.#page.getByLabel("Message", { exact: true }).fill(text);
    await this.#page.getByRole("button", { name: "Send", exact: true }).click();
  }

  /** @param {string} key @param {string} value */
  async put(key, value) {
    await this.#page.getByLabel("Key", { exact: true }).fill(key);
    await this.#page.getByLabel("Value", { exact: true }).fill(value);
    await this.#page.getByRole("button", { name: "Put", exact: true }).click();
  }

  /** @param {string} selector */
  click(selector) {
    return this.#page.click(selector);
  }

  /** @param {string} selector */
  text(selector) {
    return this.#page.textContent(selector);
  }

  /** @param {string} expression */
  evaluate(expression) {
    return this.#page.evaluate(expression);
  }

  /** @param {object} media */
  emulate(media) {
    return this.#page.emulateMedia(media);
  }

  /** @param {{ width: number, height: number }} size */
  resize(size) {
    return this.#page.setViewportSize(size);
  }

  /** @param {string} path */
  screenshot(path) {
    return this.#page.screenshot({ path });
  }

  /** @param {string} state */
  untilState(state) {
    return this.untilTrue(`document.querySelector("#link").dataset.state === ${JSON.stringify(state)}`);
  }

  /**
   * @param {string} selector
   * @param {RegExp} pattern
   */
  until(selector, pattern) {
    return this.untilTrue(`${pattern}.test(document.querySelector(${JSON.stringify(selector)}).textContent)`);
  }

  untilAllSent() {
    return this.untilTrue(
      `document.querySelector("#log li[data-fate=waiting], #log li[data-fate=unconfirmed]") === null`,
    );
  }

  /** @param {string} condition an expression for the page */
  async untilTrue(condition) {
    try {
      // By the clock: a tab in the background draws no frames.
      await this.#page.waitForFunction(condition, undefined, { polling: 50 });
    } catch (cause) {
      const seen = await this.#page.innerText("body");
      throw new Error(`waited in vain for ${condition}; the page says:\n${seen}`, { cause });
    }
  }
}
