# Sourced by run.sh: davfs2, a real mount through the kernel's FUSE. Where the kernel or the sandbox allows none, it says so.
# shellcheck shell=bash
# shellcheck disable=SC2154 # files, scratch are run.sh's.
mkdir -p "$scratch/mnt" "$scratch/davfs/cache"
chgrp davfs2 "$scratch/davfs/cache" && chmod 775 "$scratch/davfs/cache" # It gives up root's rights once it is mounted.
printf '%s %s %s\n' "$files/" "$ACCOUNT" "$PASSWORD" >"$scratch/davfs/secrets"
chmod 600 "$scratch/davfs/secrets"
printf 'secrets %s\ncache_dir %s\nuse_locks 1\ndelay_upload 0\nask_auth 0\n' "$scratch/davfs/secrets" "$scratch/davfs/cache" >"$scratch/davfs/conf"
chmod 755 "$scratch" "$scratch/mnt" "$scratch/davfs"
if [ ! -e /dev/fuse ] || [ "$(id -u)" != 0 ] || ! mount -t davfs -o "conf=$scratch/davfs/conf,uid=0" "$files/" "$scratch/mnt" 2>"$scratch/davfs/error"; then
    echo "# davfs2: no mount is possible here: $(head -c 300 "$scratch/davfs/error" 2>/dev/null || echo 'no FUSE, or not root')"
else
    unmount() { timeout 60 umount "$scratch/mnt"; }
    mounted="$scratch/mnt/davfs"
    check "davfs2: makes folders" mkdir -p "$mounted/deep/ü x"
    check "davfs2: copies in" cp "$scratch/large.bin" "$mounted/deep/large.bin"
    check "davfs2: writes text" bash -c "echo hello >'$mounted/deep/ü x/hello.txt'"
    check "davfs2: renames" mv "$mounted/deep/ü x" "$mounted/deep/moved"
    check "davfs2: appends" bash -c "echo more >>'$mounted/deep/moved/hello.txt'"
    check "davfs2: unmounts, all sent" unmount
    same "davfs2: the text came" "hello more" "$(client "$files/davfs/deep/moved/hello.txt" | tr '\n' ' ' | sed 's/ $//')"
    client "$files/davfs/deep/large.bin" -o "$scratch/mounted.bin"
    same_files "davfs2: the bytes came" "$scratch/large.bin" "$scratch/mounted.bin"
    if mount -t davfs -o "conf=$scratch/davfs/conf,uid=0" "$files/" "$scratch/mnt"; then
        check "davfs2: reads" cmp "$scratch/large.bin" "$mounted/deep/large.bin"
        # By name: on Linux 6.18 this davfs2 lists no folder, of no server ("Invalid argument" from the kernel).
        check "davfs2: removes files" rm "$mounted/deep/large.bin" "$mounted/deep/moved/hello.txt"
        check "davfs2: removes folders" rmdir "$mounted/deep/moved" "$mounted/deep" "$mounted"
        check "davfs2: unmounts again" unmount
    else
        fail "davfs2: a second mount"
    fi

    same "davfs2: nothing is left" 404 "$(status -u "$ACCOUNT:$PASSWORD" "$files/davfs/")"
fi
