package io.holdfast.raid.metadata;

/** What an operator asked for cannot be had. The message is a whole sentence; nothing has been written. */
public final class ConfigurationException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String setting;

    /**
     * Refuse.
     *
     * @param setting the option at fault, without dashes, or "devices".
     * @param message what was found and what is possible.
     */
    public ConfigurationException(String setting, String message) {
        super(message);
        this.setting = setting;
    }

    /** The option at fault, without dashes, or "devices". */
    public String setting() {
        return setting;
    }
}
