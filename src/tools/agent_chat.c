#include "tools/agent_work.h"
#include <errno.h>
int agent_chat_start(struct host *host, const struct call *call, struct error *err)
{
	(void)host; (void)call;
	return error_set(err, ERROR_INVALID, ENOSYS, "x");
}
