# Read before every guest script. /dev/ubda is the pool: one image in which the members of many arrays lie side by side.
set -eu

fail() {
    echo "guest-failed: $*"
    exit 1
}

# slice NUMBER OFFSET LENGTH: /dev/loopNUMBER becomes LENGTH bytes of the pool from OFFSET.
slice() {
    losetup --direct-io=on --offset "$2" --sizelimit "$3" "/dev/loop$1" /dev/ubda
}

# fill DEVICE FILE LENGTH: write the first LENGTH bytes of a host file to the start of an array.
fill() {
    dd if="$2" of="$1" bs=64k count="$3" iflag=count_bytes,fullblock oflag=direct conv=notrunc status=none
}

# dump DEVICE OFFSET LENGTH: copy the first LENGTH bytes of an array to OFFSET of the second image.
dump() {
    dd if="$1" of=/dev/ubdb bs=64k seek="$2" count="$3" iflag=direct,count_bytes oflag=seek_bytes conv=notrunc status=none
}

# same DEVICE FILE LENGTH: insist that an array begins with the first LENGTH bytes of a host file.
same() {
    cmp -n "$3" "$1" "$2" || fail "$1 differs from $2"
}

# whole ARRAY: insist that no slot is without a complete member.
whole() {
    [ "$(cat "/sys/block/$1/md/degraded")" = 0 ] || fail "$1 is degraded: $(cat /proc/mdstat)"
}

# check ARRAY: have md compare data and parity of every stripe, and insist that they agree.
check() {
    echo check >"/sys/block/$1/md/sync_action"
    mdadm --quiet --wait "/dev/$1" || true
    mismatches=$(cat "/sys/block/$1/md/mismatch_cnt")
    [ "$mismatches" = 0 ] || fail "$1: mismatch_cnt is $mismatches"
}
