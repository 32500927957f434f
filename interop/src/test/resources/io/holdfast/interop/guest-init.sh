#!/bin/sh
# The first and only process of a guest: load md, run the test's script, say how it ended, power off.
# The host's root is this root, read-only; the only things that can change are the images given as /dev/ubd*.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t tmpfs run /run
mkdir -p /run/mdadm
modules=/usr/lib/uml/modules/$(uname -r)/kernel
for module in lib/raid6/raid6_pq crypto/xor crypto/async_tx/async_tx crypto/async_tx/async_xor \
    crypto/async_tx/async_memcpy crypto/async_tx/async_pq crypto/async_tx/async_raid6_recov \
    drivers/md/md-mod drivers/md/raid456 drivers/block/loop; do
    if [ -f "$modules/$module.ko" ]; then insmod "$modules/$module.ko"; fi
done
echo "guest-ready"
sh "$SCRIPT"
echo "guest-exit: $?"
sync
poweroff -f
