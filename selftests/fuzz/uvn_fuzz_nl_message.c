// SPDX-License-Identifier: GPL-2.0
/*
 * Messages: what the spec has, values at its limits and beyond, and what may
 * be wrong with an attribute, a nest, a header, and several of them together.
 */
#define _GNU_SOURCE
#include "uvn_fuzz_nl.h"
#include "uvn_fuzz_spec-gen.h"

uint64_t r;
struct genl_family_id family;
bool idle;

static struct message m;
static bool bad;			/* what is in @m breaks the spec */
static bool full;			/* something did not fit */
static bool mutate;

/* What a nest says together. */
static struct {
	unsigned int len;
	unsigned int plen;
	unsigned char addr[16];
	uint32_t uid;
} hint;

static void put_raw(int type, const void *data, unsigned int len)
{
	full |= m.len + len + 64 >= sizeof(m.buf);
	if (!full)
		msg_attr(&m, type, data, len);
}

unsigned int width(enum spec_type type)
{
	switch (type) {
	case SPEC_U8: return 1;
	case SPEC_U16: return 2;
	case SPEC_U32: return 4;
	case SPEC_U64: return 8;
	default: return 0;
	}
}

/* Few of them, so that they are in what is configured. */
static uint32_t a_user(void)
{
	return 1000 + rnd(&r, 8) * 234;
}

static uint64_t any_number(const struct spec_attr *a)
{
	uint64_t top = ~0ull >> (64 - 8 * width(a->type));

	switch (rnd(&r, 12)) {
	case 0: return a->min;
	case 1: return a->max;
	case 2: return a->min - !!a->min;
	case 3: return a->max + (a->max < top);
	case 4: return a->min + rnd64(&r) % ((a->max - a->min) | 1);
	case 5: return rnd64(&r) & top;
	}
	if (!strcmp(a->name, "prefix-len"))
		return hint.plen;
	if (!strcmp(a->name, "uid"))
		return a_user();
	if (!strcmp(a->name, "pid"))
		return getpid();
	if (!strcmp(a->name, "uid-first"))
		return hint.uid;
	if (!strcmp(a->name, "uid-last"))
		return hint.uid + rnd(&r, 49);
	if (!strcmp(a->name, "vni-first"))
		return 100 + 50 * rnd(&r, 1000);
	if (!strcmp(a->name, "table-base"))
		return 16777216; /* the default: may stay */
	return a->min + rnd64(&r) % (a->max - a->min < 64 ?
				     a->max - a->min + 1 : 64);
}

static void any_prefix(void)
{
	static const unsigned char nets[][4] = {
		{ 10, 1 }, { 10, 2, 3 }, { 192, 168, 80 }, { 192, 168, 40 },
		{ 100, 64 }, { 172, 16 }, { 127 }, { 224 }, { 0 },
		{ 255, 255, 255, 255 },
	};
	unsigned int i;

	memset(&hint, 0, sizeof(hint));
	hint.uid = one_in(&r, idle ? 3 : 1) ? a_user() :
					      1000 + 50 * rnd(&r, 1200);
	hint.len = one_in(&r, 3) ? 16 : 4;
	hint.plen = rnd(&r, hint.len == 4 ? 33 : 129);
	if (hint.len == 4) {
		memcpy(hint.addr, nets[rnd(&r, ARRAY_SIZE(nets))], 4);
		for (i = 1; i < 4; i++)
			hint.addr[i] += rnd(&r, 4) * 8;
	} else {
		hint.addr[0] = one_in(&r, 8) ? rnd(&r, 256) : 0x20;
		hint.addr[1] = 1;
		for (i = 2; i < 16; i += 1 + rnd(&r, 4))
			hint.addr[i] = rnd(&r, 256);
	}
	for (i = hint.plen; i < 8 * hint.len; i++)
		hint.addr[i / 8] &= ~(0x80 >> i % 8);
}

static unsigned int any_bytes(const struct spec_attr *a, unsigned char *data)
{
	static const uint8_t lens[] = { 0, 1, 3, 4, 5, 15, 16, 17, 20, 64 };
	unsigned int i, len = hint.len;

	memcpy(data, hint.addr, 16);
	if (!strcmp(a->name, "group"))
		data[0] = len == 4 ? 239 : 0xff;
	if (!strcmp(a->name, "snat"))
		data[0] ^= 1 + rnd(&r, 3);
	if (one_in(&r, 10)) {
		len = lens[rnd(&r, ARRAY_SIZE(lens))];
		for (i = 0; i < len; i++)
			data[i] = rnd64(&r);
	}
	return len;
}

/* An attribute that should have been (@data, @len), spoilt; returns whether it
 * breaks the spec, as it does by itself if @worse.
 */
static bool put_spoilt(const struct spec_attr *a, const void *data,
		       unsigned int len, bool worse)
{
	static const uint8_t lens[] = { 0, 1, 2, 3, 4, 5, 7, 8, 12, 33 };
	static const uint16_t claims[] = { 0, 1, 3, 65535 };
	unsigned char noise[64] = { 0 };
	unsigned int at = m.len, wrong;

	switch (rnd(&r, 8)) {
	case 0: /* missing */
		return false;
	case 1: /* double */
		put_raw(a->number, data, len);
		put_raw(a->number, data, len);
		return worse;
	case 2: /* of a wrong length */
		wrong = lens[rnd(&r, ARRAY_SIZE(lens))];
		memcpy(noise, data, len < 16 ? len : 16);
		put_raw(a->number, noise, wrong);
		if (a->type == SPEC_BINARY)
			return wrong > a->max;
		return worse || wrong != len;
	case 3: /* a nest, which it is not */
		put_raw(a->number | NLA_F_NESTED, data, len);
		return true;
	case 4: /* in network byte order, it says */
		put_raw(a->number | NLA_F_NET_BYTEORDER, data, len);
		return worse;
	case 5: /* unknown */
		put_raw(one_in(&r, 4) ? 0 : 40 + rnd(&r, 16000), data, len);
		return true;
	case 6: /* longer than all, or shorter than its own header */
		put_raw(a->number, data, len);
		if (m.len != at)
			((struct nlattr *)(m.buf + at))->nla_len =
				claims[rnd(&r, ARRAY_SIZE(claims))];
		return true;
	default: /* as it is, and then noise */
		put_raw(a->number, data, len);
		wrong = rnd(&r, 8);
		put_raw(rnd64(&r), noise, wrong);
		return worse;
	}
}

static void put_set(const struct spec_set *set, unsigned int depth);

static void put_nest(const struct spec_attr *a, unsigned int depth)
{
	const struct spec_set *set = a->nest;
	bool was = bad, foreign = false;
	int flag = NLA_F_NESTED;
	unsigned int at, i;

	if (m.len + 4096 > sizeof(m.buf)) {
		full = true;
		return;
	}
	if (mutate && one_in(&r, 16)) {
		switch (rnd(&r, 4)) {
		case 0:
			flag = 0;
			bad = true;
			break;
		case 1: /* in itself, and that in itself, and so on */
			at = m.len;
			for (i = 1 + rnd(&r, 400); i; i--)
				msg_attr(&m, a->number | NLA_F_NESTED, NULL, 0);
			for (i = at; i < m.len; i += NLA_HDRLEN)
				((struct nlattr *)(m.buf + i))->nla_len = m.len - i;
			/* the first that is in one; the last is empty */
			bad |= m.len - at > NLA_HDRLEN;
			return;
		case 2: /* what belongs to another */
			set = spec_ops[rnd(&r, ARRAY_SIZE(spec_ops))].set;
			foreign = true;
			break;
		default: /* nothing */
			set = NULL;
		}
	}
	at = msg_nest(&m, a->number);
	if (set)
		put_set(set, depth + 1);
	if (foreign)
		bad = was;
	msg_nest_end(&m, at);
	((struct nlattr *)(m.buf + at))->nla_type = a->number | flag;
}

static void put_attr(const struct spec_attr *a, unsigned int depth)
{
	unsigned char data[64] = { 0 };
	unsigned int len = width(a->type);
	bool worse = false;
	uint64_t value;

	switch (a->type) {
	case SPEC_NEST:
		put_nest(a, depth);
		return;
	case SPEC_BINARY:
		len = any_bytes(a, data);
		worse = len > a->max;
		break;
	case SPEC_STRING:
		len = rnd(&r, sizeof(data));
		break;
	case SPEC_PAD:
	case SPEC_FLAG:
		break;
	default:
		value = any_number(a);
		worse = value < a->min || value > a->max;
		memcpy(data, &value, len); /* little endian, as all of ours */
	}
	if (mutate && one_in(&r, 12)) {
		bad |= put_spoilt(a, data, len, worse);
	} else {
		put_raw(a->number, data, len);
		bad |= worse;
	}
}

/* What belongs in the nest @set. */
static void put_set(const struct spec_set *set, unsigned int depth)
{
	unsigned int i;

	any_prefix();
	for (i = 0; i < set->n; i++)
		if (depth < 3 && !one_in(&r, 32))
			put_attr(&set->attrs[i], depth);
}

static void put_request(const struct spec_op *op)
{
	const struct spec_attr *a;
	unsigned int i, n;

	any_prefix();
	for (i = 0; i < op->n; i++) {
		a = &op->set->attrs[op->request[i] - 1];
		n = 1;
		if (a->type == SPEC_NEST) {
			n = one_in(&r, 3) ? 1 + rnd(&r, 3) : 0;
			if (n && one_in(&r, 400)) /* sockets are dear */
				n = strcmp(a->name, "subnet") ? 1000 : 60;
		}
		while (n--)
			put_attr(a, 0);
	}
	if (mutate && one_in(&r, 12)) { /* what it does not take */
		put_raw(op->set->n + 1 + rnd(&r, 60000) % 16000, "what", 4);
		bad = true;
	}
}

static const struct spec_op *any_op(void)
{
	static const struct { uint8_t cmd; uint16_t share; } shares[] = {
		{ UVN_CMD_CONFIG_ADD, 400 }, { UVN_CMD_CONFIG_DEL, 180 },
		{ UVN_CMD_CONFIG_REPLACE, 150 }, { UVN_CMD_CONFIG_GET, 80 },
		{ UVN_CMD_USER_GET, 80 }, { UVN_CMD_STATUS_GET, 80 },
		{ UVN_CMD_USER_ADD, 6 }, { UVN_CMD_USER_DEL, 6 },
		{ UVN_CMD_ENABLE, 8 }, { UVN_CMD_DISABLE, 1 },
		{ UVN_CMD_ADOPT_ADD, 40 }, { UVN_CMD_ADOPT_DEL, 20 },
		{ UVN_CMD_ADOPT_GET, 20 },
	};
	unsigned int i, k, n = rnd(&r, 1071);

	for (i = 0; n >= shares[i].share; i++)
		n -= shares[i].share;
	if (idle && shares[i].cmd == UVN_CMD_ENABLE)
		i = 0;
	if (!idle && one_in(&r, 20)) /* where users can have networks */
		i = 6 + rnd(&r, 2);
	for (k = 0; spec_ops[k].cmd != shares[i].cmd; k++)
		;
	return &spec_ops[k];
}

const struct spec_op *op_of(int type, int cmd)
{
	unsigned int i;

	for (i = 0; type == family.id && i < ARRAY_SIZE(spec_ops); i++)
		if (spec_ops[i].cmd == cmd)
			return &spec_ops[i];
	return NULL;
}

/* Returns whether nobody knows any more where the next message begins. */
static bool spoil_header(struct nlmsghdr *nlh, struct genlmsghdr *genl)
{
	static const uint16_t types[] = { 0, 1, 2, 3, 4, 15, 0xfff0, 0xffff };

	switch (rnd(&r, 8)) {
	case 0: /* another family, or nobody's */
		nlh->nlmsg_type = one_in(&r, 3) ? GENL_ID_CTRL :
				  types[rnd(&r, ARRAY_SIZE(types))];
		if (nlh->nlmsg_type == GENL_ID_CTRL)
			genl->cmd = CTRL_CMD_GETFAMILY;
		break;
	case 1:
		genl->cmd = rnd(&r, 256);
		break;
	case 2:
		genl->version = rnd(&r, 256);
		break;
	case 3:
		genl->reserved = 1 + rnd(&r, 65535);
		bad = true;
		break;
	case 4:
		nlh->nlmsg_flags = rnd(&r, 65536);
		break;
	case 5:
		nlh->nlmsg_flags ^= NLM_F_DUMP;
		break;
	case 6: /* bytes behind the last attribute */
		msg_raw(&m, "\1\2\3", 4);
		m.len -= 1 + rnd(&r, 3);
		bad = true;
		break;
	default: /* shorter than it is: the next begins in the midst of it */
		nlh->nlmsg_len = rnd(&r, m.len + 64);
		return true;
	}
	return false;
}

/* A message into the batch. */
static void add_message(struct batch *batch)
{
	const struct spec_op *op = any_op();
	struct genlmsghdr *genl = (void *)(m.buf + NLMSG_HDRLEN);
	struct nlmsghdr *nlh = (void *)m.buf;
	struct sent *s = &batch->sent[batch->n++];
	int dump, flags;

	bad = false;
	full = false;
	mutate = one_in(&r, 2);
	flags = one_in(&r, 8) ? 0 : NLM_F_ACK;
	if (!(op->flags & SPEC_DO) || (op->flags & SPEC_DUMP && one_in(&r, 2)))
		flags |= NLM_F_DUMP;
	msg_begin(&m, family.id, flags, op->cmd);
	put_request(op);
	nlh->nlmsg_len = 0;
	if (mutate && one_in(&r, 12))
		batch->wild |= spoil_header(nlh, genl);
	if (!nlh->nlmsg_len)
		nlh->nlmsg_len = m.len;

	memset(s, 0, sizeof(*s));
	flags = nlh->nlmsg_flags;
	if (flags & NLM_F_REQUEST) /* else it is taken as read, and no more */
		s->op = op_of(nlh->nlmsg_type, genl->cmd);
	dump = (flags & NLM_F_DUMP) == NLM_F_DUMP;
	if (s->op && !(s->op->flags & (dump ? SPEC_DUMP : SPEC_DO)))
		bad = true;
	if (!s->op || s->op->cmd != op->cmd) /* made for another */
		bad = !s->op && nlh->nlmsg_type == family.id;
	s->bad = bad && !full && flags & NLM_F_REQUEST;
	s->ack = flags & NLM_F_ACK;
	s->dump = dump;
	s->at = batch->len;
	s->len = m.len;
	nlh->nlmsg_seq = batch->n;
	if (batch->len + m.len + 4 > sizeof(batch->data)) {
		batch->n--;
		return;
	}
	memset(batch->data + batch->len, 0, NLMSG_ALIGN(m.len));
	memcpy(batch->data + batch->len, m.buf, m.len);
	batch->len += NLMSG_ALIGN(m.len);
}

/* Some messages, of which the last may be cut off. */
void make_batch(struct batch *batch, unsigned int n)
{
	batch->len = 0;
	batch->n = 0;
	batch->wild = false;
	while (n--)
		add_message(batch);
	if (one_in(&r, 40)) {
		batch->len -= rnd(&r, batch->sent[batch->n - 1].len);
		batch->wild = true;
	}
}
