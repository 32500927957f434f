package io.holdfast.cli.monitor;

import java.io.IOException;

/** Somebody who is told of events. */
public interface Alert {
    /**
     * Tell.
     *
     * @param event that happened.
     * @throws IOException when that fails; others are told all the same.
     */
    void tell(Event event) throws IOException;
}
