package io.holdfast.raid.engine;

import io.holdfast.blockdev.IoLoop;
import io.holdfast.blockdev.IoStatus;
import io.holdfast.journal.JournalListener;
import io.holdfast.journal.JournalTransaction;
import org.agrona.concurrent.OneToOneConcurrentArrayQueue;

/** Carries the journal's word back to the shard whose transaction it was. The journal's thread offers, the shard's drains. */
final class LoggedQueue implements JournalListener {
    private final OneToOneConcurrentArrayQueue<JournalTransaction> durable;
    private final OneToOneConcurrentArrayQueue<JournalTransaction> failed;
    private final IoLoop loop;
    private volatile IoStatus failure = IoStatus.OK;

    /**
     * A queue.
     *
     * @param transactionCount how many transactions the shard has: no more can be under way, so an offer never fails.
     */
    LoggedQueue(int transactionCount, IoLoop loop) {
        durable = new OneToOneConcurrentArrayQueue<>(transactionCount);
        failed = new OneToOneConcurrentArrayQueue<>(transactionCount);
        this.loop = loop;
    }

    @Override
    public void onDurable(JournalTransaction transaction) {
        durable.offer(transaction);
        loop.wake();
    }

    @Override
    public void onFailed(JournalTransaction transaction, IoStatus status) {
        failure = status;
        failed.offer(transaction);
        loop.wake();
    }

    int drain(WindowMachine machine) {
        int drained = 0;
        for (JournalTransaction t = durable.poll(); t != null; t = durable.poll()) {
            machine.onLogged(machine.operation((int) t.token()));
            drained++;
        }
        for (JournalTransaction t = failed.poll(); t != null; t = failed.poll()) {
            machine.onLogFailed(machine.operation((int) t.token()), failure);
            drained++;
        }
        return drained;
    }
}
