/*
 * Preloaded into a dynamically linked redis-server (LD_PRELOAD): after each successful fsync or fdatasync of a regular
 * file it appends the line "inode size" to the file that SYNCED_SIZES_FILE names. What a file holds beyond the last size
 * of its inode is what a power loss may take.
 *
 * The size is read before the call, since another thread may go on writing during it. By inode and not by name, so that
 * a file which is written under a temporary name and then renamed (a new base file, the manifest) keeps its size; a child
 * process that rewrites the append-only file inherits all this.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

typedef int (*sync_call)(int);

static int sizes = -1;

__attribute__((constructor)) static void open_sizes(void) {
    const char *path = getenv("SYNCED_SIZES_FILE");
    sizes = path == NULL ? -1 : open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (sizes < 0) {
        perror("SYNCED_SIZES_FILE");
        _exit(1);
    }
}

static int sync_and_record(const char *name, int fd) {
    sync_call real = (sync_call) dlsym(RTLD_NEXT, name);
    struct stat before;
    int known = fstat(fd, &before) == 0 && S_ISREG(before.st_mode);
    int result = real(fd);
    if (result == 0 && known) {
        char line[64];
        int length = snprintf(line, sizeof line, "%llu %lld\n", (unsigned long long) before.st_ino,
                              (long long) before.st_size);
        if (write(sizes, line, (size_t) length) != length) {
            _exit(1); /* a test without its record must not pass */
        }
    }
    return result;
}

int fsync(int fd) {
    return sync_and_record("fsync", fd);
}

int fdatasync(int fd) {
    return sync_and_record("fdatasync", fd);
}
