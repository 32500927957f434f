package io.holdfast.raid.engine;

import io.holdfast.journal.JournalWriter;
import java.util.ArrayList;
import java.util.List;
import org.agrona.concurrent.Agent;

/**
 * Runs whichever journal the array has at the moment, on the conductor's loop, so that the conductor can put another one in
 * its place between two duty cycles. Confined to that loop's thread.
 */
final class JournalAgent implements Agent {
    private JournalWriter writer;
    /** Out of use. One that failed may wait for its device for ever, so nobody closes them while the array runs. */
    private final List<JournalWriter> retired = new ArrayList<>();

    JournalAgent(JournalWriter writer) {
        this.writer = writer;
    }

    /** Run this one from now on; null for none. */
    void use(JournalWriter next) {
        if (writer != null) {
            retired.add(writer);
        }
        writer = next;
        if (writer != null) {
            writer.onStart();
        }
    }

    @Override
    public String roleName() {
        return "journal";
    }

    @Override
    public void onStart() {
        if (writer != null) {
            writer.onStart();
        }
    }

    @Override
    public int doWork() throws Exception {
        for (int i = 0; i < retired.size(); i++) {
            retired.get(i).hearLateAnswers();
        }
        return writer == null ? 0 : writer.doWork();
    }

    @Override
    public void onClose() {
        retired.forEach(JournalWriter::onClose);
        if (writer != null) {
            writer.onClose();
        }
    }
}
