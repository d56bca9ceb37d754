/* For LD_PRELOAD: a file that a program has written is flushed to the disk when the program closes it, so that a server which promises
   nothing keeps the promise of one that does. What names the file is not flushed: less than a careful server would do. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { FILES_MAX = 4096 };
static char is_written[FILES_MAX];

static void *next(const char *name) { return dlsym(RTLD_NEXT, name); }

static ssize_t noted(int file, ssize_t count)
{
    if (count > 0 && file >= 0 && file < FILES_MAX) is_written[file] = 1;
    return count;
}

ssize_t write(int file, const void *bytes, size_t count)
{
    static ssize_t (*real)(int, const void *, size_t);
    if (!real) real = next("write");
    return noted(file, real(file, bytes, count));
}

ssize_t writev(int file, const struct iovec *parts, int count)
{
    static ssize_t (*real)(int, const struct iovec *, int);
    if (!real) real = next("writev");
    return noted(file, real(file, parts, count));
}

ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t offset)
{
    static ssize_t (*real)(int, const void *, size_t, off64_t);
    if (!real) real = next("pwrite64");
    return noted(file, real(file, bytes, count, offset));
}

ssize_t pwrite(int file, const void *bytes, size_t count, off_t offset) { return pwrite64(file, bytes, count, offset); }

int close(int file)
{
    static int (*real)(int);
    struct stat about;
    if (!real) real = next("close");
    if (file >= 0 && file < FILES_MAX && is_written[file]) {
        is_written[file] = 0;
        if (fstat(file, &about) == 0 && S_ISREG(about.st_mode)) fdatasync(file);
    }
    return real(file);
}
