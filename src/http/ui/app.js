/*
 * The page of a registry: a client of its API and of /_ui/session.
 *
 * All text that comes from the registry goes into the page by textContent,
 * and into URLs by encodeURIComponent: nothing of a manifest becomes HTML.
 * The password is kept in this page's memory alone.
 */

'use strict';

const $ = (id) => document.getElementById(id);

const INDEXES = ['application/vnd.oci.image.index.v1+json',
    'application/vnd.docker.distribution.manifest.list.v2+json'];
const MANIFESTS = [...INDEXES, 'application/vnd.oci.image.manifest.v1+json',
    'application/vnd.docker.distribution.manifest.v2+json',
    'application/vnd.oci.artifact.manifest.v1+json',
    'application/vnd.docker.distribution.manifest.v1+prettyjws'].join(', ');
const CONFIGS = ['application/vnd.oci.image.config.v1+json',
    'application/vnd.docker.container.image.v1+json'];
const REPORT = 'application/vnd.aquasec.trivy.report+json';
const SEVERITIES = ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW', 'UNKNOWN'];
const PAGE = 1000;              // names in one request
const AT_ONCE = 6;              // requests for rows that are in sight
const LARGEST = 32 << 20;       // of JSON that is read into the page


/* ---- the page's parts ---- */

// el('a', {href: '#'}, 'text', node, ...): a property, or an attribute where
// there is no such property
function el(name, props, ...children) {
    const node = document.createElement(name);
    for (const [key, value] of Object.entries(props || {})) {
        if (key in node) node[key] = value;
        else node.setAttribute(key, value);
    }
    node.append(...children.filter((c) => c !== null && c !== undefined));
    return node;
}

function table(head, rows) {
    return el('div', {className: 'scroll'}, el('table', {},
        head && el('thead', {}, el('tr', {}, ...head.map((h) => el('th', {scope: 'col'}, h)))),
        el('tbody', {}, ...rows.map((cells) => el('tr', {className: cells.mark || ''},
            ...cells.map((c, i) => (!head && i === 0) ? el('th', {scope: 'row'}, c)
                : el('td', {className: c && c.number ? 'number' : ''}, c && c.number ? c.number : c)))))));
}

const number = (text) => ({number: text});

function bytes(n) {
    if (!(n >= 0)) return '';
    const units = ['B', 'kB', 'MB', 'GB', 'TB'];
    let i = 0;
    while (n >= 1000 && i < units.length - 1) { n /= 1000; i++; }
    return (i && n < 10 ? n.toFixed(1) : Math.round(n)) + ' ' + units[i];
}

function day(text) {
    const time = Date.parse(text || '');
    return time > 0 ? new Date(time).toISOString().slice(0, 10) : '';
}

function platform(p) {
    if (!p || !p.architecture || p.architecture === 'unknown') return '';
    return [p.os, p.architecture, p.variant].filter(Boolean).join('/');
}

const short = (digest) => digest.replace(/^(\w+:\w{12}).*/, '$1');
const sum = (list) => list.reduce((n, d) => n + (d.size || 0), 0);
const list = (x) => (Array.isArray(x) ? x : []);

function copyable(text) {
    const code = el('code', {}, text);
    const button = el('button', {type: 'button'}, 'Copy');
    button.onclick = async () => {
        try {
            await navigator.clipboard.writeText(text);
        } catch {                       // not a secure origin
            getSelection().selectAllChildren(code);
            document.execCommand('copy');
        }
        button.textContent = 'Copied';
        setTimeout(() => { button.textContent = 'Copy'; }, 1500);
    };
    return el('div', {className: 'copy'}, code, button);
}


/* ---- the registry ---- */

class Failed extends Error {
    constructor(status, message) {
        super(message);
        this.status = status;
    }
}

const reach = (url, options) => fetch(url, options).catch(() => {
    throw new Failed(503, 'The registry does not answer.');
});

const me = {session: {}, basic: null, name: '', tokens: new Map()};

function scopeOf(path) {
    const name = /^\/v2\/(.+?)\/(?:manifests|blobs|tags|referrers)\/[^/]*$/.exec(path.split('?')[0]);
    return name ? `repository:${decodeURIComponent(name[1])}:pull,delete` : 'registry:catalog:*';
}

async function tokenFor(scope) {
    const login = me.session.login;
    const known = me.tokens.get(scope);
    if (known && known.until > Date.now()) return known.text;

    const url = new URL(login.realm, location);
    url.searchParams.set('service', login.service);
    if (scope) url.searchParams.set('scope', scope);
    const res = await reach(url, {credentials: 'omit', headers: me.basic ? {Authorization: me.basic} : {}});
    if (!res.ok) throw new Failed(res.status, 'no token is given');
    const body = await res.json();
    const text = body.token || body.access_token;
    me.tokens.set(scope, {text, until: Date.now() + ((body.expires_in || 60) - 10) * 1000});
    return text;
}

async function send(path, options = {}) {
    const headers = {Accept: options.accept || 'application/json'};
    if (me.session.login && me.session.login.kind === 'token' && !me.session.native) {
        headers.Authorization = 'Bearer ' + await tokenFor(options.scope || scopeOf(path));
    } else if (me.basic) {
        headers.Authorization = me.basic;
    }
    const res = await reach(path, {method: options.method || 'GET', headers,
        credentials: me.session.native ? 'same-origin' : 'omit'});
    if (res.ok || options.any) return res;

    const failed = new Failed(res.status, res.statusText || `status ${res.status}`);
    try {
        const [error] = (await res.json()).errors;
        failed.message = error.message;
        failed.gate = Boolean(error.detail && error.detail.policy);
    } catch { /* not the registry's JSON */ }
    throw failed;
}

const path = (repo, kind, what) =>
    `/v2/${repo.split('/').map(encodeURIComponent).join('/')}/${kind}/${encodeURIComponent(what)}`;

const manifests = new Map();            // by repository and digest: these never change

async function manifest(repo, ref) {
    const known = manifests.get(`${repo}@${ref}`);
    if (known) return known;
    const res = await send(path(repo, 'manifests', ref), {accept: MANIFESTS});
    const text = await res.text();
    const m = {text, doc: JSON.parse(text), digest: res.headers.get('Docker-Content-Digest') || ref,
        type: (res.headers.get('Content-Type') || '').split(';')[0], size: text.length};
    m.index = INDEXES.includes(m.type);
    if (manifests.size > 5000) manifests.clear();
    manifests.set(`${repo}@${m.digest}`, m);
    return m;
}

async function blobJson(repo, descriptor) {
    if (!(descriptor.size <= LARGEST)) throw new Failed(0, 'too large to be shown');
    return (await send(path(repo, 'blobs', descriptor.digest), {accept: '*/*'})).json();
}

// children of an index that are images, not what is attached to them
const images = (m) => list(m.doc.manifests).filter((d) => d && d.digest
    && !(d.annotations && d.annotations['vnd.docker.reference.type']));

async function weigh(repo, m) {
    if (!m.index) return sum([m.doc.config || {}, ...list(m.doc.layers)]);
    const parts = await Promise.all(images(m).slice(0, 16).map((d) => manifest(repo, d.digest).then((c) =>
        weigh(repo, c)).catch(() => 0)));
    return Math.max(0, ...parts);
}

// names of a list, page after page, as long as somebody wants them
async function names(url, key, more) {
    for (;;) {
        const res = await send(url);
        const found = list((await res.json())[key]);
        const next = /<([^>]+)>\s*;\s*rel="?next/.exec(res.headers.get('Link') || '');
        if (!more(found, !next) || !next) return;
        const to = new URL(next[1], location);
        url = to.pathname + to.search;
    }
}


/* ---- rows that are in sight, of any number ---- */

class Rows {
    constructor(draw) {
        this.draw = draw;
        this.node = el('div', {className: 'list'});
        this.shown = new Map();
        this.all = [];
        this.items = [];
        this.words = '';
        this.onscroll = () => requestAnimationFrame(() => this.update());
        addEventListener('scroll', this.onscroll, {passive: true});
        addEventListener('resize', this.onscroll);
        this.node.onkeydown = (e) => this.key(e);
    }

    close() {
        removeEventListener('scroll', this.onscroll);
        removeEventListener('resize', this.onscroll);
    }

    add(items) {
        this.all.push(...items);
        this.items = this.words ? this.items.concat(items.filter((x) => this.fits(x))) : this.all;
        this.update();
    }

    fits(item) { return item.toLowerCase().includes(this.words); }

    filter(words) {
        this.words = words.trim().toLowerCase();
        this.items = this.words ? this.all.filter((x) => this.fits(x)) : this.all;
        this.clear();
        this.update();
    }

    clear() {
        for (const node of this.shown.values()) node.remove();
        this.shown.clear();
    }

    height() {
        const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
        return rem * parseFloat(getComputedStyle(document.documentElement).getPropertyValue('--row'));
    }

    update() {
        const h = this.height();
        const top = -this.node.getBoundingClientRect().top;
        const from = Math.max(0, Math.floor(top / h) - 8);
        const to = Math.min(this.items.length, Math.ceil((top + innerHeight) / h) + 8);
        this.node.style.height = `${this.items.length * h}px`;

        for (const [i, node] of this.shown) {
            if ((i < from || i >= to) && node !== document.activeElement) {
                node.remove();
                this.shown.delete(i);
            }
        }
        for (let i = from; i < to; i++) {
            let node = this.shown.get(i);
            if (!node) {
                node = this.draw(this.items[i]);
                node.dataset.i = i;
                this.shown.set(i, node);
                this.node.append(node);
            }
            node.style.top = `${i * h}px`;
        }
    }

    key(e) {
        const step = {ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: -1e9, End: 1e9}[e.key];
        const row = e.target.closest('.row');
        if (!step || !row) return;
        e.preventDefault();
        this.focus(Math.min(this.items.length - 1, Math.max(0, +row.dataset.i + step)));
    }

    focus(i) {
        if (!this.items.length) return;
        const top = this.node.getBoundingClientRect().top + scrollY + i * this.height();
        if (top < scrollY + 80 || top > scrollY + innerHeight - 120) scrollTo(0, top - innerHeight / 2);
        this.update();
        const node = this.shown.get(i);
        if (node) node.focus();
    }
}

// asks for what a row shows, the latest first, and not if it has gone by then
const waiting = [];
let asking = 0;

function later(node, work) {
    waiting.push({node, work});
    requestAnimationFrame(ask);
}

function ask() {
    while (asking < AT_ONCE && waiting.length) {
        const {node, work} = waiting.pop();
        if (!node.isConnected) continue;
        asking++;
        work().catch(() => {}).finally(() => { asking--; ask(); });
    }
}


/* ---- pages ---- */

let page = {close() {}, filter: null};
let turn = 0;

async function show() {
    const mine = ++turn;
    const at = location.hash.slice(1);
    if (at === 'main') return;                  // the link that skips the head
    const [, repo, compared, tag, digest] =
        /^([^:@]*)(?::([\w.-]+\.\.\.[\w.-]+)|:([\w.-]+)|@(\w+:\w+))?$/.exec(at) || [];

    page.close();
    page = {close() {}, filter: null};
    waiting.length = 0;
    $('search').value = '';
    scrollTo(0, 0);
    document.title = at ? `${at} - ${location.host}` : location.host;
    const main = $('main');
    main.replaceChildren(el('p', {className: 'dim'}, 'Loading'));

    try {
        const nodes = !repo ? await repositories(mine)
            : compared ? await comparison(repo, ...compared.split('...'))
            : (tag || digest) ? await image(repo, tag, digest)
            : await tags(repo, mine);
        if (mine === turn) {
            main.replaceChildren(...nodes);
            if (page.shown) page.shown();
            main.focus({preventScroll: true});
        }
    } catch (e) {
        if (mine === turn) main.replaceChildren(...failure(e));
    }
    document.body.dataset.ready = at || '/';
}

function failure(e) {
    const login = me.session.login && !me.session.native;
    if (login && !e.gate && (e.status === 401 || e.status === 403)) {
        const button = el('button', {type: 'button', className: 'main'}, 'Log in');
        button.onclick = askLogin;
        return [el('h1', {}, me.basic ? 'You may not see this' : 'Log in to see this'),
            el('p', {}, me.basic ? `${me.name} may not pull from here.` : ''), button];
    }
    return [el('h1', {}, e.status === 404 ? 'There is no such thing here' : 'That did not work'),
        el('p', {className: 'error'}, e.message),
        e.status >= 500 ? el('button', {type: 'button', onclick: () => location.reload()}, 'Try again')
            : el('p', {}, el('a', {href: '#'}, 'All repositories'))];
}

// a list whose names keep coming; title(count, whole)
function listing(mine, url, key, draw, title) {
    const rows = new Rows(draw);
    const heading = el('h1', {}, title(0, false));
    const told = el('p', {className: 'dim'});
    page = {close: () => rows.close(), filter: (w) => rows.filter(w), rows, shown: () => rows.update()};
    return new Promise((resolve, reject) => {
        names(url, key, (found, whole) => {
            if (mine !== turn) {
                resolve([]);
                return false;
            }
            rows.add(found);
            heading.replaceChildren(...title(rows.all.length, whole));
            told.textContent = whole && !rows.all.length ? 'Nothing is here yet.' : '';
            document.body.dataset.count = rows.all.length;
            document.body.dataset.whole = whole;
            resolve([heading, told, rows.node]);
            return true;
        }).catch((e) => { told.textContent = e.message; reject(e); });
    });
}

const counted = (n, whole, one, many) =>
    el('small', {}, ` ${n.toLocaleString('en')}${whole ? '' : '+'} ${n === 1 ? one : many}`);

function repositories(mine) {
    if (me.session.catalog === false) {
        return [el('h1', {}, location.host),
            el('p', {}, 'This registry has no catalog. Write the name of a repository above, and press Enter.')];
    }
    const draw = (name) => {
        const count = el('span', {className: 'dim'});
        const row = el('a', {className: 'row', href: '#' + name}, el('span', {}, name), count);
        later(row, async () => {
            const found = await send(`${path(name, 'tags', 'list')}?n=100`);
            const n = list((await found.json()).tags).length;
            count.textContent = `${n}${found.headers.get('Link') ? '+' : ''} tag${n === 1 ? '' : 's'}`;
        });
        return row;
    };
    return listing(mine, `/v2/_catalog?n=${PAGE}`, 'repositories', draw,
        (n, whole) => [location.host, counted(n, whole, 'repository', 'repositories')]);
}

function tags(repo, mine) {
    const draw = (tag) => {
        const cells = ['mono dim', '', 'dim', 'dim'].map((c) => el('span', {className: c}));
        const row = el('a', {className: 'row', href: `#${repo}:${tag}`},
            el('span', {}, tag), ...cells);
        later(row, async () => {
            const m = await manifest(repo, tag).catch((e) => {
                cells[0].textContent = e.gate ? 'refused by a gate' : e.message;
                throw e;
            });
            cells[0].textContent = short(m.digest);
            const parts = m.index ? images(m) : [];
            cells[1].textContent = (parts.length > 1 ? '≤ ' : '') + bytes(await weigh(repo, m));
            if (m.index) {
                cells[2].title = cells[2].textContent = parts.map((d) => platform(d.platform)).filter(Boolean).join(', ');
            } else if (CONFIGS.includes((m.doc.config || {}).mediaType)) {
                const config = await blobJson(repo, m.doc.config);
                cells[2].textContent = platform(config);
                cells[3].textContent = day(config.created);
            } else {
                cells[2].textContent = m.doc.artifactType || (m.doc.config || {}).mediaType || m.type;
            }
        });
        return row;
    };
    return listing(mine, `${path(repo, 'tags', 'list')}?n=${PAGE}`, 'tags', draw,
        (n, whole) => [repo, counted(n, whole, 'tag', 'tags')]);
}

const crumbs = (repo, rest) => el('h1', {}, el('a', {href: '#' + repo}, repo), rest);

// what an index leads to, or the image itself
async function chosen(repo, m) {
    if (!m.index) return m;
    const own = images(m);
    const first = own.find((d) => platform(d.platform) === 'linux/amd64') || own[0];
    return first ? manifest(repo, first.digest) : m;
}

const configOf = async (repo, m) => (CONFIGS.includes((m.doc.config || {}).mediaType)
    ? blobJson(repo, m.doc.config) : null);

async function image(repo, tag, digest) {
    const m = await manifest(repo, tag || digest);
    const config = await configOf(repo, m);
    const name = `${location.host}/${repo}`;
    const attached = el('div', {}, el('p', {className: 'dim'}, 'Looking for signatures, reports and other referrers'));
    const actions = el('div', {className: 'actions'});

    attachments(repo, m).then((nodes) => attached.replaceChildren(...nodes),
        (e) => attached.replaceChildren(el('p', {className: 'error'}, e.message)))
        .finally(() => { document.body.dataset.attached = tag || digest; });
    may(repo).then((can) => deletions(actions, can, repo, tag, m)).catch(() => {});

    return [crumbs(repo, tag ? `:${tag}` : `@${short(digest)}`),
        copyable(`docker pull ${name}${tag ? ':' + tag : '@' + digest}`),
        tag ? copyable(`docker pull ${name}@${m.digest}`) : null,
        await facts(repo, m, config),
        m.index ? platforms(repo, m) : null,
        attached,
        ...(m.index ? [] : contents(m, config)),
        tag ? versus(repo, tag) : null,
        el('details', {}, el('summary', {}, 'Manifest'), el('pre', {className: 'scroll mono'}, m.text.slice(0, 1 << 20))),
        actions].filter(Boolean);
}

async function facts(repo, m, config) {
    const rows = [['Digest', el('span', {className: 'mono'}, m.digest)], ['Type', m.doc.artifactType || m.type],
        ['Size', (m.index && images(m).length > 1 ? '≤ ' : '') + bytes(await weigh(repo, m))]];
    if (config) {
        rows.push(['Platform', platform(config)], ['Created', config.created || '']);
        if (config.author) rows.push(['Author', config.author]);
    }
    if (m.doc.subject) rows.push(['Subject', link(repo, m.doc.subject)]);
    for (const [key, value] of Object.entries(m.doc.annotations || {})) rows.push([key, String(value)]);
    return table(null, rows.filter((r) => r[1] !== ''));
}

const link = (repo, d) => el('a', {className: 'mono', href: `#${repo}@${d.digest}`}, short(d.digest));

function platforms(repo, m) {
    const rows = list(m.doc.manifests).map((d) => {
        const size = el('span', {}, '');
        manifest(repo, d.digest).then((c) => weigh(repo, c)).then((n) => { size.textContent = bytes(n); }, () => {
            size.textContent = 'not here';
        });
        const kind = (d.annotations || {})['vnd.docker.reference.type'];
        return [platform(d.platform) || kind || d.artifactType || '-', link(repo, d), number(size)];
    });
    return el('section', {}, el('h2', {}, 'Platforms'), table(['Platform', 'Digest', 'Size'], rows));
}

// layers, each with the step that made it
function contents(m, config) {
    const steps = list(config && config.history);
    const made = steps.filter((s) => s && !s.empty_layer);
    const layers = list(m.doc.layers).map((d, i) => [number(String(i + 1)),
        el('span', {className: 'mono', title: d.digest}, short(d.digest)), number(bytes(d.size)),
        el('span', {className: 'mono'}, String((made[i] || {}).created_by
            || (d.annotations || {})['org.opencontainers.image.title'] || d.mediaType || '').slice(0, 2000))]);
    const nodes = [el('h2', {}, 'Layers ', el('small', {}, bytes(sum(list(m.doc.layers))))),
        table(['', 'Digest', 'Size', made.length ? 'Made by' : 'Type'], layers)];

    if (steps.length) {
        nodes.push(el('h2', {}, 'History'), table(['Created', 'Step'], steps.map((s) => [
            el('span', {className: 'dim'}, day(s.created)), el('span', {className: 'mono'},
                String(s.created_by || '').slice(0, 4000) + (s.comment ? `  # ${s.comment}` : ''))])));
    }
    const set = config ? settings(config) : [];
    if (set.length) nodes.push(el('h2', {}, 'Configuration'), table(null, set));
    return nodes;
}

function settings(config) {
    const c = config.config || {};
    const words = (x) => (Array.isArray(x) ? JSON.stringify(x) : x ? String(x) : '');
    const keys = (x) => Object.keys(x || {}).join(', ');
    const rows = [['Entrypoint', words(c.Entrypoint)], ['Command', words(c.Cmd)], ['User', words(c.User)],
        ['Directory', words(c.WorkingDir)], ['Ports', keys(c.ExposedPorts)], ['Volumes', keys(c.Volumes)],
        ['Stop signal', words(c.StopSignal)]];
    for (const e of list(c.Env)) {
        const at = String(e).indexOf('=');
        rows.push(['$' + String(e).slice(0, at), String(e).slice(at + 1)]);
    }
    for (const [key, value] of Object.entries(c.Labels || {})) rows.push([key, String(value)]);
    return rows.filter((r) => r[1] !== '').map((r) => [r[0], el('span', {className: 'mono'}, r[1])]);
}


/* ---- what is attached: signatures, reports, others ---- */

async function referrers(repo, digest) {
    const found = [];
    await names(path(repo, 'referrers', digest), 'manifests', (page) => {
        found.push(...page);
        return found.length < 500;
    });
    const named = digest.replace(':', '-');
    for (const [end, type] of [['sig', 'cosign signature'], ['att', 'cosign attestation'], ['sbom', 'cosign SBOM']]) {
        const res = await send(path(repo, 'manifests', `${named}.${end}`),
            {method: 'HEAD', accept: MANIFESTS, any: true});
        if (res.ok) {
            found.push({digest: res.headers.get('Docker-Content-Digest'), artifactType: type, tag: `${named}.${end}`});
        }
    }
    return found;
}

const signs = (d) => /sigstore\.bundle|cosign|notary|dsse/.test(d.artifactType || '')
    && d.artifactType !== 'cosign SBOM';

async function attachments(repo, m) {
    const child = await chosen(repo, m);
    let found = await referrers(repo, m.digest);
    if (child.digest !== m.digest) found = found.concat(await referrers(repo, child.digest));
    const nodes = [el('h2', {}, 'Signatures')];

    const signed = found.filter(signs);
    nodes.push(...await verdict(repo, m, signed));
    nodes.push(...await scanned(repo, found));

    const rest = found.filter((d) => !signs(d));
    if (rest.length) {
        nodes.push(el('h2', {}, 'Referrers'), table(['Type', 'Digest', 'Size'], rest.map((d) =>
            [d.artifactType || d.mediaType || '', link(repo, d), number(bytes(d.size))])));
    }
    return nodes;
}

// what gates say, by whose keys; without one a signature is only there
async function verdict(repo, m, signed) {
    const nodes = [];
    try {
        const said = await (await send(`/_ui/verdict?repository=${encodeURIComponent(repo)}&digest=${
            encodeURIComponent(m.digest)}`, {scope: `repository:${repo}:pull,delete`})).json();
        for (const p of list(said.policies)) {
            const word = p.passed ? 'verified' : 'not verified';
            nodes.push(el('p', {}, el('span', {className: `tag ${p.passed ? 'good' : 'error'}`}, word),
                `by the policy ${p.policy}${p.report ? ', which only reports' : ''}: `,
                list(p.reasons).map((x) => x.text.replace(/\/[^\s,;:()]*\//g, '')).join('; ')));
        }
    } catch (e) {
        nodes.push(el('p', {className: 'error'}, `Not verified: ${e.message}`));
    }
    if (!signed.length) nodes.push(el('p', {className: 'dim'}, 'No signature is attached.'));
    else if (!nodes.length) nodes.push(el('p', {}, 'Attached, not verified: no gate of this registry names a key for it.'));
    if (signed.length) nodes.push(table(['Attached', 'Digest'], signed.map((d) => [d.artifactType, link(repo, d)])));
    return nodes;
}

// the newest report: its findings; null: there is none
async function report(repo, found) {
    const all = found.filter((d) => d.artifactType === REPORT);
    const when = (d) => (d.annotations || {})['org.opencontainers.image.created'] || '';
    all.sort((a, b) => (when(a) < when(b) ? 1 : -1));
    if (!all.length) return null;
    const m = await manifest(repo, all[0].digest);
    const doc = await blobJson(repo, list(m.doc.layers)[0] || {});
    const findings = list(doc.Results).flatMap((r) => list(r.Vulnerabilities));
    const rank = (f) => (SEVERITIES.indexOf(f.Severity) + SEVERITIES.length) % SEVERITIES.length;
    findings.sort((a, b) => rank(a) - rank(b));
    return {findings, created: doc.CreatedAt};
}

async function scanned(repo, found) {
    let r;
    try {
        r = await report(repo, found);
    } catch (e) {
        return [el('h2', {}, 'Vulnerabilities'), el('p', {className: 'error'}, `The report cannot be read: ${e.message}`)];
    }
    if (!r) return [];

    const chips = SEVERITIES.map((s) => [s, r.findings.filter((f) => f.Severity === s).length])
        .filter(([, n]) => n).map(([s, n]) => el('span', {className: `tag ${s}`}, `${n} ${s.toLowerCase()}`));
    const body = el('div');
    const fill = (n) => body.replaceChildren(
        table(['Severity', 'Id', 'Package', 'Installed', 'Fixed in', 'Title'], r.findings.slice(0, n).map(finding)),
        ...(r.findings.length > n ? [el('button', {type: 'button', onclick: () => fill(1e9)},
            `Show all ${r.findings.length}`)] : []));
    fill(50);
    return [el('h2', {}, 'Vulnerabilities ', el('small', {}, r.created ? `scanned ${day(r.created)}` : '')),
        el('p', {}, ...(chips.length ? chips : [el('span', {className: 'good'}, 'The report has none.')])),
        r.findings.length ? body : ''];
}

function finding(f) {
    const id = String(f.VulnerabilityID || '');
    const to = /^https:\/\//.test(f.PrimaryURL || '')
        ? el('a', {href: f.PrimaryURL, rel: 'noopener noreferrer', target: '_blank'}, id) : id;
    return [el('span', {className: `once ${SEVERITIES.includes(f.Severity) ? f.Severity : ''}`}, f.Severity || ''),
        el('span', {className: 'once'}, to),
        f.PkgName || '', f.InstalledVersion || '', f.FixedVersion || '-', String(f.Title || '').slice(0, 200)];
}


/* ---- two tags side by side ---- */

function versus(repo, tag) {
    const known = el('datalist', {id: 'tags'});
    const input = el('input', {placeholder: 'another tag', 'aria-label': 'another tag', autocomplete: 'off',
        spellcheck: false, required: true, pattern: '[\\w.\\-]+'});
    const form = el('form', {}, input, known, ' ', el('button', {}, 'Compare'));
    input.setAttribute('list', 'tags');
    input.onfocus = async () => {
        input.onfocus = null;
        const res = await send(`${path(repo, 'tags', 'list')}?n=${PAGE}`);
        known.append(...list((await res.json()).tags).map((t) => el('option', {value: t})));
    };
    form.onsubmit = (e) => {
        e.preventDefault();
        location.hash = `#${repo}:${tag}...${input.value}`;
    };
    return el('section', {}, el('h2', {}, 'Compare'), form);
}

async function comparison(repo, ...two) {
    const sides = await Promise.all(two.map(async (tag) => {
        const top = await manifest(repo, tag);
        const m = await chosen(repo, top);
        const found = await referrers(repo, m.digest).catch(() => []);
        return {tag, top, m, config: await configOf(repo, m) || {}, report: await report(repo, found).catch(() => null)};
    }));
    const [a, b] = sides;
    const row = (name, of) => {
        const cells = [name, ...sides.map((s) => el('span', {className: 'mono'}, of(s)))];
        if (of(a) !== of(b)) cells.mark = 'differs';
        return cells;
    };
    const set = sides.map((s) => new Map(settings(s.config).map(([k, v]) => [k, v.textContent])));
    const rows = [row('Digest', (s) => short(s.top.digest)), row('Platform', (s) => platform(s.config)),
        row('Created', (s) => day(s.config.created)),
        row('Size', (s) => bytes(sum([s.m.doc.config || {}, ...list(s.m.doc.layers)])))];
    for (const key of new Set([...set[0].keys(), ...set[1].keys()])) {
        rows.push(row(key, (s) => set[sides.indexOf(s)].get(key) || ''));
    }
    return [crumbs(repo, ''), table(['', ...two.map((t) => el('a', {href: `#${repo}:${t}`}, t))], rows),
        el('h2', {}, 'Layers'), layersOf(a, b), ...findingsOf(a, b)];
}

function layersOf(a, b) {
    const has = (s, d) => list(s.m.doc.layers).some((x) => x.digest === d.digest);
    const both = [...list(a.m.doc.layers), ...list(b.m.doc.layers).filter((d) => !has(a, d))];
    return table(['Digest', 'Size', a.tag, b.tag], both.map((d) => {
        const cells = [el('span', {className: 'mono'}, short(d.digest)), number(bytes(d.size)),
            has(a, d) ? 'yes' : '-', has(b, d) ? 'yes' : '-'];
        if (!has(a, d) || !has(b, d)) cells.mark = 'differs';
        return cells;
    }));
}

function findingsOf(a, b) {
    if (!a.report || !b.report) return [];
    const key = (f) => `${f.VulnerabilityID} ${f.PkgName}`;
    const only = (x, y) => {
        const other = new Set(y.report.findings.map(key));
        return x.report.findings.filter((f) => !other.has(key(f)));
    };
    return [[a, b], [b, a]].flatMap(([x, y]) => {
        const found = only(x, y);
        return [el('h2', {}, `Vulnerabilities of ${x.tag} alone `, el('small', {}, String(found.length))),
            found.length ? table(['Severity', 'Id', 'Package', 'Installed', 'Fixed in', 'Title'],
                found.slice(0, 500).map(finding)) : ''];
    });
}


/* ---- deleting ---- */

async function may(repo) {
    const res = await send(`/_ui/session?repository=${encodeURIComponent(repo)}`,
        {scope: `repository:${repo}:pull,delete`});
    return (await res.json()).may || {};
}

function deletions(actions, can, repo, tag, m) {
    if (!can.delete) return;
    const button = (text, title, words, ref) => el('button', {type: 'button', className: 'danger',
        onclick: () => sure(title, words, async () => {
            await send(path(repo, 'manifests', ref), {method: 'DELETE'});
            manifests.delete(`${repo}@${m.digest}`);
            if (location.hash === '#' + repo) show();
            else location.hash = '#' + repo;
        })}, text);
    if (tag) {
        actions.append(button('Delete this tag', `Delete ${repo}:${tag}?`,
            'The image stays under its digest and its other tags.', tag));
    }
    actions.append(button('Delete the image', `Delete ${repo}@${short(m.digest)}?`,
        'All tags that point to it go with it. Its space is free after the next collection.', m.digest));
}

function box(id, act) {
    const dialog = $(id);
    const error = dialog.querySelector('.error');
    error.hidden = true;
    dialog.querySelector('button[value=no]').onclick = () => dialog.close();
    dialog.querySelector('form').onsubmit = async (e) => {
        e.preventDefault();
        try {
            await act();
            dialog.close();
        } catch (x) {
            error.textContent = x.message;
            error.hidden = false;
        }
    };
    dialog.showModal();
    return dialog;
}

function sure(title, words, act) {
    const dialog = $('sure-box');
    dialog.querySelector('h2').textContent = title;
    dialog.querySelector('p').textContent = words;
    box('sure-box', act).querySelector('button[value=no]').focus();
}


/* ---- who asks ---- */

function basicOf(name, password) {
    const utf8 = new TextEncoder().encode(`${name}:${password}`);
    return 'Basic ' + btoa(String.fromCharCode(...utf8));
}

function askLogin() {
    box('login-box', async () => {
        const before = me.basic;
        me.basic = basicOf($('name').value, $('password').value);
        me.tokens.clear();
        try {
            if (me.session.login.kind === 'token') await tokenFor('');
            else await send('/_ui/session');
        } catch (e) {
            me.basic = before;
            throw new Failed(e.status, e.status === 401 ? 'Wrong user or password' : e.message);
        }
        me.name = $('name').value;
        $('password').value = '';
        manifests.clear();
        who();
        show();
    });
}

function who() {
    $('user').textContent = me.name;
    $('login').hidden = !me.session.login || me.session.native;
    $('login').textContent = me.basic ? 'Log out' : 'Log in';
    $('login').onclick = () => {
        if (!me.basic) { askLogin(); return; }
        me.basic = null;
        me.name = '';
        me.tokens.clear();
        manifests.clear();
        who();
        show();
    };
}

function themes() {
    const root = document.documentElement;
    const set = (t) => { if (t === 'dark' || t === 'light') root.dataset.theme = t; };
    try { set(localStorage.getItem('theme')); } catch { /* it may be closed */ }
    $('theme').onclick = () => {
        const dark = getComputedStyle(root).colorScheme === 'dark';
        set(dark ? 'light' : 'dark');
        try { localStorage.setItem('theme', root.dataset.theme); } catch { /* it may be closed */ }
    };
}

async function start() {
    themes();
    $('home').textContent = location.host;
    $('search').oninput = () => { if (page.filter) page.filter($('search').value); };
    $('search').onkeydown = (e) => {
        const name = $('search').value.trim();
        if (e.key === 'Enter' && name && !(page.rows && page.rows.items.length)) location.hash = '#' + name;
        else if ((e.key === 'Enter' || e.key === 'ArrowDown') && page.rows) page.rows.focus(0);
        else if (e.key === 'Escape') { $('search').value = ''; if (page.filter) page.filter(''); }
    };
    addEventListener('keydown', (e) => {
        if (e.key === '/' && !/INPUT|SELECT/.test(e.target.tagName) && !document.querySelector('dialog[open]')) {
            e.preventDefault();
            $('search').focus();
        }
    });
    addEventListener('hashchange', show);
    try {
        const res = await reach('/_ui/session', {credentials: 'same-origin'});
        if (!res.ok) throw new Failed(res.status, `the registry answers ${res.status}`);
        me.session = await res.json();
        me.name = me.session.user || '';
        who();
        show();
    } catch (e) {
        $('main').replaceChildren(...failure(e));
    }
}

start();
