/* A disk that fails for the files of a store while a flag exists: to be loaded before the C library (LD_PRELOAD).

   FAILING_FILES  a part of the names of the files
   FAILING_SYNC   while this file exists, nothing of them is known to be on disk (EIO)
   FAILING_ROOM   while this file exists, there is no room for more of them (ENOSPC)
*/

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static const char *files, *no_sync, *no_room;

__attribute__((constructor)) static void read_environment(void) {
    files = getenv("FAILING_FILES");
    no_sync = getenv("FAILING_SYNC");
    no_room = getenv("FAILING_ROOM");
}

static int fails(int file, const char *flag) {
    char link[64], name[4096];
    ssize_t length;
    int before = errno;

    if (!files || !flag || access(flag, F_OK)) {
        errno = before;
        return 0;
    }
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    length = readlink(link, name, sizeof name - 1);
    name[length < 0 ? 0 : length] = 0;
    errno = before;
    return strstr(name, files) != NULL;
}

static int refused(int error) {
    errno = error;
    return -1;
}

int fsync(int file) {
    int (*real)(int) = dlsym(RTLD_NEXT, "fsync");
    return fails(file, no_sync) ? refused(EIO) : real(file);
}

int fdatasync(int file) {
    int (*real)(int) = dlsym(RTLD_NEXT, "fdatasync");
    return fails(file, no_sync) ? refused(EIO) : real(file);
}

ssize_t write(int file, const void *octets, size_t number) {
    ssize_t (*real)(int, const void *, size_t) = dlsym(RTLD_NEXT, "write");
    return fails(file, no_room) ? refused(ENOSPC) : real(file, octets, number);
}

ssize_t pwrite(int file, const void *octets, size_t number, off_t at) {
    ssize_t (*real)(int, const void *, size_t, off_t) = dlsym(RTLD_NEXT, "pwrite");
    return fails(file, no_room) ? refused(ENOSPC) : real(file, octets, number, at);
}

ssize_t pwrite64(int file, const void *octets, size_t number, off64_t at) {
    ssize_t (*real)(int, const void *, size_t, off64_t) = dlsym(RTLD_NEXT, "pwrite64");
    return fails(file, no_room) ? refused(ENOSPC) : real(file, octets, number, at);
}
