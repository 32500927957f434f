# Make an ext4 on /dev/ubda, live in it, and have dm-log-writes record on /dev/ubdb what reached the disk and when it was
# flushed. BLOCK is the filesystem's block length, OPTIONS are the mount options.
#
# Each step changes one path and makes the change durable by name. The console says what the path holds afterwards; marks in
# the log say where the step begins and ends. Of an "atomic" step either the old or the new content is there at any moment.
# Between steps other files come and go that nobody ever flushed by name: only the filesystem as a whole can be judged there.
modules=/usr/lib/uml/modules/$(uname -r)/kernel/drivers/md
for module in dm-mod dm-log-writes; do
    insmod "$modules/$module.ko"
done
dmsetup --noudevsync --noudevrules create recorded --table "0 $(blockdev --getsz /dev/ubda) log-writes /dev/ubda /dev/ubdb"
dmsetup mknodes
disk=/dev/mapper/recorded

mark() {
    dmsetup message recorded 0 mark "$1"
}

step=0

# begin KIND PATH: a step of kind "plain" or "atomic".
begin() {
    step=$((step + 1))
    path=$2
    echo "begin $step $1 $path"
    mark "begin-$step"
}

end() {
    if [ -e "$path" ]; then
        echo "have $step $(sha256sum <"$path" | cut -d' ' -f1)"
    else
        echo "gone $step"
    fi
    mark "end-$step"
}

mount -t tmpfs work /mnt
mkdir -p /mnt/tree/pages /mnt/disk
for i in $(seq 0 39); do seq "$i" 7 $((i * 90)) >"/mnt/tree/pages/$i"; done
seq 1 3 9000 >/mnt/tree/numbers
E2FSPROGS_FAKE_TIME=1700000000 mkfs.ext4 -q -F -b "$BLOCK" -U 486f6c64-6661-7374-2052-414944000001 \
    -E nodiscard,lazy_itable_init=0,lazy_journal_init=0,hash_seed=486f6c64-6661-7374-2052-414944000002 \
    -d /mnt/tree $disk
mark made
mount -o "$OPTIONS" $disk /mnt/disk
cd /mnt/disk
mkdir mail spool db many
sync -f .

for round in $(seq 0 11); do
    begin plain "mail/letter-$round"
    seq "$round" 3 $((4000 + 500 * round)) >"$path"
    sync "$path"
    end

    begin plain db/table
    dd if="/mnt/tree/pages/$((20 + round))" of="$path" bs=512 seek=$((round * 37 % 90)) count=$((1 + round % 5)) \
        conv=notrunc,fsync status=none
    end

    begin atomic spool/state
    seq "$round" $((1500 + round * 11)) >spool/new
    sync spool/new
    mv spool/new "$path"
    sync spool
    end

    begin plain log
    seq $((round * 100)) $((round * 100 + 90)) >>"$path"
    sync "$path"
    end

    for i in $(seq 0 14); do seq "$i" $((i * 40)) >"many/$round-$i"; done
    if [ "$round" -gt 2 ]; then
        begin plain "mail/letter-$((round - 3))"
        rm "$path"
        sync mail
        end
        rm -f many/$((round - 2))-*
    fi

    begin plain "sparse-$((round % 3))"
    dd if=/mnt/tree/numbers of="$path" bs=1000 seek=$((round * 50)) count=3 conv=notrunc,fsync status=none
    end

    if [ $((round % 4)) = 3 ]; then
        begin plain log
        truncate -s $((round * 50)) "$path"
        sync "$path"
        end
    fi
    if [ $((round % 5)) = 2 ]; then
        ln "mail/letter-$round" "many/link-$round"
        mkdir -p "many/deep/$round/a/b"
        mv "many/link-$round" "many/deep/$round/a/b/"
        sync -f .
    fi
    if [ "$round" = 6 ]; then
        cd /
        umount /mnt/disk
        mark unmounted
        mount -o "$OPTIONS" $disk /mnt/disk
        cd /mnt/disk
    fi
done
cd /
umount /mnt/disk
mark unmounted
dmsetup remove --noudevsync recorded
