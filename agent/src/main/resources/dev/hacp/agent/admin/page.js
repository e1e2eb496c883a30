// The status of one agent, live. Whatever the agent tells is put into the page as text, never as markup.

import {COLOURS, History, draw, shape} from './charts.js';

const LATE = 50; // ms that a member which is not short of CPU stays below.
const SILENCE = 12000; // The agent says at least every 5 s that it is there.
const STATES = {
  up: ['good', '● up'], drain: ['fair', '◐ drain'], down: ['bad', '○ down'],
};
const METHODS = {icmp: 'echo', syn: 'SYN'};
const KINDS = {
  took_over: 'good', owner_lost: 'fair', backend_up: 'good', stood_down: 'fair', waiting: 'fair', backend_draining: 'fair', link: 'fair',
  address_repaired: 'fair', address_changed: 'fair', member_skew: 'fair', member_differs: 'bad', name_taken: 'bad', backend_down: 'bad', address_failed: 'bad', conflict: 'bad',
};

const at = id => document.getElementById(id);
const connections = new History();
const checks = new History();
const colours = new Map();
let status = null;
let clock = 0; // How much the agent's clock is ahead of ours.
let source = null;
let heard = 0;
let drawn = 0;

// ---- small things

function say(node, text) {
  if (node.textContent !== text) {
    node.textContent = text;
  }
}

function mark(node, state) {
  if (node.dataset.state !== state) {
    node.dataset.state = state;
  }
}

function show(node, text) {
  say(node, text);
  node.hidden = text === '';
}

function span(milliseconds) {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  if (seconds < 60) {
    return `${seconds} s`;
  } else if (seconds < 3600) {
    return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  } else if (seconds < 86400) {
    return `${Math.floor(seconds / 3600)} h ${Math.floor(seconds % 3600 / 60)} min`;
  }
  return `${Math.floor(seconds / 86400)} d ${Math.floor(seconds % 86400 / 3600)} h`;
}

/** Empty when it is no instant. */
function age(text) {
  const milliseconds = Date.now() + clock - Date.parse(text);
  return Number.isNaN(milliseconds) ? '' : `for ${span(milliseconds)}`;
}

const millis = value => value === null || value === undefined ? '' : `${+Number(value).toPrecision(3)} ms`;
const list = value => Array.isArray(value) ? value : [];

function moment(text) {
  const date = new Date(Date.parse(text) - clock);
  if (Number.isNaN(date.getTime())) {
    return '';
  }
  const two = number => String(number).padStart(2, '0');
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  const today = date.toDateString() === new Date().toDateString();
  return today ? time : `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${time}`;
}

/** Keeps one child of `parent` per item, in order, by key; `fill` writes what has changed. */
function keyed(parent, items, key, make, fill) {
  const known = new Map([...parent.children].map(child => [child.dataset.key, child]));
  items.forEach((item, index) => {
    const name = key(item);
    let child = known.get(name);
    if (child === undefined) {
      child = make(item);
      child.dataset.key = name;
    }
    known.delete(name);
    if (parent.children[index] !== child) {
      parent.insertBefore(child, parent.children[index] ?? null);
    }
    fill(child, item);
  });
  known.forEach(child => child.remove());
}

/** A row whose first cell is its heading. */
function row(labels) {
  return () => {
    const line = document.createElement('tr');
    line.setAttribute('role', 'row');
    labels.forEach(([label, kind], index) => {
      const cell = document.createElement(index === 0 ? 'th' : 'td');
      cell.setAttribute('role', index === 0 ? 'rowheader' : 'cell');
      if (index === 0) {
        cell.scope = 'row';
      }
      if (kind) {
        cell.className = kind;
      }
      if (label) {
        cell.dataset.label = label;
      }
      line.append(cell);
    });
    return line;
  };
}

// ---- parts of the page

function hero() {
  const vips = list(status.vips);
  const addresses = vips.map(vip => vip.address).join(', ') || 'the VIP';
  const conflicts = vips.filter(vip => vip.conflict);
  const leads = status.role === 'leader';
  const missing = leads ? vips.filter(vip => !vip.held).map(vip => vip.address) : [];
  let state = 'good';
  if (status.role === 'balancer') {
    say(at('owner'), `${status.node} balances`);
    state = status.waiting ? 'bad' : 'good';
  } else if (!status.leader) {
    say(at('owner'), `Nobody owns ${addresses}, as far as ${status.node} knows`);
    state = 'bad';
  } else {
    say(at('owner'), `${status.leader} owns ${addresses}`);
    state = conflicts.length > 0 || missing.length > 0 ? 'bad' : status.waiting ? 'fair' : 'good';
  }
  mark(at('hero'), state);
  show(at('conflict'), [...conflicts.map(vip => `Another machine, ${vip.conflict}, claims ${vip.address}.`),
    ...missing.map(address => `This node is the owner, but its kernel does not have ${address}.`)].join(' '));
  show(at('waiting'), [status.waiting ? `Not ready: ${status.waiting}.` : '',
    status.lease?.majority === false ? 'No majority of the members backs this owner right now.' : ''].filter(Boolean).join(' '));
  const facts = [['This node', String(status.role ?? '').replace('leader', 'owner')], ['Term', status.term], ['Interface', vips[0]?.interface],
    ['Lease renewed', typeof status.lease?.renewMsAgo === 'number' ? `${span(status.lease.renewMsAgo)} ago` : ''],
    ['Clients', status.connections?.current], ['Served since the start', status.connections?.total]]
    .filter(([, value]) => value !== null && value !== undefined && value !== '');
  keyed(at('facts'), facts, fact => fact[0], fact => {
    const pair = document.createElement('div');
    const name = document.createElement('dt');
    name.textContent = fact[0];
    pair.append(name, document.createElement('dd'));
    return pair;
  }, (pair, fact) => say(pair.lastChild, String(fact[1])));
  document.title = `${state === 'bad' ? '✗ ' : ''}${status.leader ?? status.node} · hacp`;
}

function backends() {
  const rows = list(status.backends);
  at('no-backends').hidden = rows.length > 0;
  keyed(at('backends'), rows, each => each.address,
    row([['', ''], ['', 'state'], ['', 'wide'], ['connections', 'number'], ['check', 'number']]), (line, each) => {
      const [address, state, reason, current, check] = line.children;
      const [quality, words] = STATES[each.state] ?? ['fair', String(each.state)];
      say(address, each.address);
      mark(state, quality);
      say(state, words);
      const order = each.admin && each.admin !== 'ready' ? `ordered: ${each.admin}` : '';
      say(reason, [each.reason, order, age(each.since)].filter(Boolean).join(', '));
      say(current, String(each.connections ?? ''));
      say(check, each.lastCheck ? `${each.lastCheck.code || each.lastCheck.result} in ${millis(each.lastCheck.durationMs)}` : 'none yet');
    });
}

/** By probes, whether or not the agent there runs. */
function machine(member) {
  const {state, method, rttMs} = member.machine ?? {};
  switch (state) {
    case undefined: return '';
    case 'answering': return ['answers', millis(rttMs), METHODS[method] ?? method].filter(Boolean).join(', ');
    case 'unproven': return member.reachable ? 'not proven, probes filtered' : 'not proven';
    default: return String(state);
  }
}

function silence(member) {
  if (typeof member.heardMsAgo !== 'number') {
    return 'silent';
  }
  return `silent for ${member.heardMsAgo < 10000 ? `${(member.heardMsAgo / 1000).toFixed(1)} s` : span(member.heardMsAgo)}`;
}

const late = milliseconds => milliseconds > LATE ? `${milliseconds} ms late` : '';

function members() {
  at('members-part').hidden = status.role === 'balancer';
  const detector = status.detector;
  const self = {node: status.node, self: true, reachable: true, follows: status.leader, reason: '', latenessMs: detector?.latenessMs};
  keyed(at('members'), [self, ...list(status.members)], each => `${each.self ? 'self' : 'peer'} ${each.node}`,
    row([['', ''], ['', 'state'], ['machine:', 'wide'], ['follows:', 'wide'], ['round trip', 'number']]), (line, each) => {
      const [node, state, kernel, follows, trip] = line.children;
      say(node, each.node);
      const fit = !each.reason;
      mark(state, !each.reachable ? 'bad' : fit ? 'good' : 'fair');
      say(state, each.self ? `● this node, ${String(status.role ?? '').replace('leader', 'owner')}` : !each.reachable ? `○ ${silence(each)}` : fit ? '● reachable' : '◐ not fit');
      say(kernel, !each.self ? machine(each) || '–'
        : detector ? `probes ${detector.realTime ? 'with' : 'without'} real-time scheduling` : '–');
      say(follows, [each.follows ?? 'nobody', each.reason, each.differs ? `differs: ${each.differs}` : '', late(each.latenessMs)]
        .filter(Boolean).join(', '));
      say(trip, each.self ? '–' : millis(each.rttMs) || '–');
    });
}

function story(parent, entries, words) {
  keyed(parent, entries, each => each.key, () => {
    const item = document.createElement('li');
    const time = document.createElement('time');
    const text = document.createElement('span');
    const detail = document.createElement('span');
    detail.className = 'detail';
    const body = document.createElement('div');
    body.append(text, detail);
    item.append(time, body);
    return item;
  }, (item, each) => {
    const [headline, detail, state] = words(each);
    item.firstChild.dateTime = each.at;
    say(item.firstChild, moment(each.at));
    say(item.lastChild.firstChild, headline);
    mark(item.lastChild.firstChild, state);
    say(item.lastChild.lastChild, detail);
  });
}

/** Newest first; two entries may be of the same instant. */
function newest(entries, most) {
  const seen = new Map();
  return list(entries).map(each => {
    const name = `${each.at} ${each.kind}`;
    seen.set(name, (seen.get(name) ?? 0) + 1);
    return {...each, key: `${name} ${seen.get(name)}`};
  }).slice(-most).reverse();
}

function stories() {
  at('moves-part').hidden = status.role === 'balancer';
  const moves = newest(status.moves, 10);
  at('no-moves').hidden = moves.length > 0;
  story(at('moves'), moves, each => [each.kind === 'took_over' ? `${status.node} took over` : `${status.node} stood down`,
    [each.cause, each.gapMs === null || each.gapMs === undefined ? '' : `nobody answered for at most ${millis(each.gapMs)}`]
      .filter(Boolean).join('; '), KINDS[each.kind] ?? '']);
  story(at('timeline'), newest(status.timeline, 30), each => [each.message ?? String(each.kind),
    Object.entries(each.keys ?? {}).map(([key, value]) => `${key}=${value}`).join('  '), KINDS[each.kind] ?? '']);
}

function colour(name) {
  if (!colours.has(name)) {
    const taken = new Set(colours.values());
    const free = [...Array(COLOURS).keys()].find(each => !taken.has(each));
    colours.set(name, free ?? colours.size % COLOURS);
  }
  return colours.get(name);
}

function legend() {
  for (const name of [...colours.keys()]) {
    if (!connections.lines.has(name) && !checks.lines.has(name)) {
      colours.delete(name);
    }
  }
  keyed(at('legend'), [...colours.keys()], name => name, name => {
    const item = document.createElement('li');
    const sample = shape('svg', {viewBox: '0 0 30 8', 'aria-hidden': 'true'});
    sample.append(shape('path', {d: 'M0 4H30', class: `trace series-${colours.get(name)}`}));
    item.append(sample, document.createElement('span'));
    return item;
  }, (item, name) => say(item.lastChild, name));
}

function charts(now) {
  if (now - drawn < 950) {
    return;
  }
  drawn = now;
  const live = document.body.classList.contains('lost') ? [] : list(status.backends);
  connections.add(now, new Map(live.map(each => [each.address, each.connections ?? null])));
  checks.add(now, new Map(live.map(each => [each.address, each.lastCheck?.durationMs ?? null])));
  draw(at('connections-chart'), 'Connections', connections, now, colour, '', 10);
  draw(at('checks-chart'), 'Duration of checks', checks, now, colour, ' ms', 5);
  legend();
}

function since() {
  const words = status.leader ? age(status.since) : '';
  say(at('since'), words === '' ? '' : `${words}, since ${moment(status.since)}`);
}

function render() {
  say(at('node'), status.node ?? '');
  say(at('version'), `hacp ${status.version ?? ''}`);
  hero();
  since();
  backends();
  members();
  stories();
}

// ---- the agent

function link(state, text) {
  mark(at('link'), state);
  say(at('link'), text);
  document.body.classList.toggle('lost', state === 'lost');
}

function connect() {
  source?.close();
  heard = Date.now();
  source = new EventSource('/events');
  source.onmessage = event => {
    heard = Date.now();
    clock = Number(event.lastEventId) - heard || 0;
    status = JSON.parse(event.data);
    link('live', 'live');
    render();
    charts(heard);
  };
  source.addEventListener('alive', () => {
    heard = Date.now();
    link('live', 'live');
  });
  const mine = source;
  source.onerror = () => {
    // Each stream ends by itself after a while and the browser asks again: that alone is no loss.
    setTimeout(() => {
      if (mine === source && mine.readyState !== EventSource.OPEN) {
        lost();
        connect();
      }
    }, 2000);
  };
}

function lost() {
  link('lost', status === null ? 'no answer from the agent' : 'no answer; this is the last known state');
}

setInterval(() => {
  if (Date.now() - heard > SILENCE) {
    lost();
    connect();
  }
  if (status !== null) {
    since();
    charts(Date.now());
  }
}, 1000);
connect();
