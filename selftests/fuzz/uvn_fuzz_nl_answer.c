// SPDX-License-Identifier: GPL-2.0
/*
 * Answers of the kernel, which are to be as the spec says.
 */
#define _GNU_SOURCE
#include "uvn_fuzz_nl.h"

static void check_attrs(const struct spec_set *set, const void *data, int len,
			const void *all, unsigned int all_len)
{
	const struct nlattr *a = data;

	for (; len >= NLA_HDRLEN; len -= NLA_ALIGN(a->nla_len),
	     a = (const void *)((const char *)a + NLA_ALIGN(a->nla_len))) {
		unsigned int type = a->nla_type & NLA_TYPE_MASK;
		unsigned int size = a->nla_len - NLA_HDRLEN;
		const struct spec_attr *spec;
		uint64_t value = 0;

		if (a->nla_len < NLA_HDRLEN || a->nla_len > len ||
		    !type || type > set->n) {
			finding(all, all_len, "%s: attribute %u of %u bytes",
				set->name, type, a->nla_len);
			return;
		}
		spec = &set->attrs[type - 1];
		switch (spec->type) {
		case SPEC_NEST:
			check_attrs(spec->nest, nla_at(a), size, all, all_len);
			break;
		case SPEC_STRING:
			if (!size || ((char *)nla_at(a))[size - 1])
				finding(all, all_len, "%s/%s is no string",
					set->name, spec->name);
			break;
		case SPEC_BINARY:
			if (size != 4 && size != 16)
				finding(all, all_len, "%s/%s is of %u bytes",
					set->name, spec->name, size);
			break;
		case SPEC_PAD:
		case SPEC_FLAG:
			break;
		default:
			if (size == width(spec->type))
				memcpy(&value, nla_at(a), size);
			if (size != width(spec->type) || value < spec->min ||
			    value > spec->max)
				finding(all, all_len, "%s/%s is %ju, of %u bytes",
					set->name, spec->name, (uintmax_t)value,
					size);
		}
	}
}

void check_object(struct nlmsghdr *nlh)
{
	struct genlmsghdr *genl = NLMSG_DATA(nlh);
	const struct spec_op *op = op_of(nlh->nlmsg_type, genl->cmd);

	if (op)
		check_attrs(op->set, genl + 1, nlh->nlmsg_len - NLMSG_HDRLEN -
			    GENL_HDRLEN, nlh, nlh->nlmsg_len);
}

/* Does the error say why? */
static bool has_reason(struct nlmsghdr *nlh)
{
	struct nlmsgerr *e = NLMSG_DATA(nlh);
	unsigned int off = NLMSG_HDRLEN + sizeof(*e);

	while (nlh->nlmsg_flags & NLM_F_ACK_TLVS &&
	       off + NLA_HDRLEN <= nlh->nlmsg_len) {
		struct nlattr *a = (void *)((char *)nlh + off);

		if (a->nla_type == NLMSGERR_ATTR_MSG ||
		    a->nla_type == NLMSGERR_ATTR_MISS_TYPE)
			return true;
		off += NLA_ALIGN(a->nla_len);
	}
	return false;
}

/* Everything that a socket has; the kernel answers as it is sent to. Returns
 * whether that is all that was answered.
 */
bool read_answers(int fd, struct batch *batch)
{
	static unsigned char buf[1 << 17];
	bool all = true;

	for (;;) {
		struct nlmsghdr *nlh = (void *)buf;
		int len = recv(fd, buf, sizeof(buf), MSG_DONTWAIT);

		if (len < 0 && errno == ENOBUFS) {
			all = false;
			continue;
		}
		if (len < 0)
			return all;
		for (; NLMSG_OK(nlh, len); nlh = NLMSG_NEXT(nlh, len)) {
			unsigned int i = nlh->nlmsg_seq - 1;
			struct sent *s = i < batch->n ? &batch->sent[i] : NULL;

			if (nlh->nlmsg_type == family.id)
				check_object(nlh);
			if (!s)
				continue;
			if (nlh->nlmsg_type == NLMSG_ERROR ||
			    nlh->nlmsg_type == NLMSG_DONE) {
				s->answered = true;
				s->error = -*(int *)NLMSG_DATA(nlh);
				s->reason = nlh->nlmsg_type == NLMSG_DONE ||
					    has_reason(nlh);
			} else {
				s->object = true;
			}
		}
	}
}

bool wants_reason(int error)
{
	switch (error) {
	case EINVAL:
	case EEXIST:
	case ENOENT:
	case ERANGE:
	case EBUSY:
	case ENETDOWN:
	case EACCES:
		return true;
	}
	return false;
}
