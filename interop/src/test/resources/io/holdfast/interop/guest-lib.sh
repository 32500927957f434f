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

# fill ARRAY FILE: write a host file to the start of an array.
fill() {
    dd if="$2" of="$1" bs=64k oflag=direct conv=notrunc status=none
}

# check ARRAY: have md compare data and parity of every stripe, and insist that they agree.
check() {
    echo check >"/sys/block/$1/md/sync_action"
    mdadm --quiet --wait "/dev/$1" || true
    mismatches=$(cat "/sys/block/$1/md/mismatch_cnt")
    [ "$mismatches" = 0 ] || fail "$1: mismatch_cnt is $mismatches"
}
