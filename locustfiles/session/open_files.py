"""Every shopper in flight holds a connection, and many systems allow a process 1,024 files unless it asks."""

import resource


def raise_open_files(needed: int) -> int:
    """Raise this process's limit of open files towards ``needed``, as far as the system allows; the limit there is then."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return needed if soft == resource.RLIM_INFINITY else soft
    wanted = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return wanted
