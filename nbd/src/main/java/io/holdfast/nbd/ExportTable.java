package io.holdfast.nbd;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The exports of a server, in the order they were given: the first is what a client gets that asks for none by name. */
final class ExportTable {
    private static final int BLOCK_LENGTH_LIMIT = 65536;

    private final Map<String, NbdExport> exports = new LinkedHashMap<>();
    private final NbdExport first;

    /**
     * Check the exports.
     *
     * @throws IllegalArgumentException when there is none, two share a name, or one says something impossible of itself.
     */
    ExportTable(List<NbdExport> given) {
        if (given.isEmpty()) {
            throw new IllegalArgumentException("a server needs something to serve: exports=[]");
        }
        for (NbdExport export : given) {
            check(export);
            if (exports.put(export.name(), export) != null) {
                throw new IllegalArgumentException("two exports share a name: name=" + export.name());
            }
        }
        first = given.get(0);
    }

    private static void check(NbdExport export) {
        int nameLength = export.name().getBytes(StandardCharsets.UTF_8).length;
        if (nameLength > OptionDescriptor.NAME_LENGTH_LIMIT) {
            throw new IllegalArgumentException("the name of an export is too long: length=" + nameLength + " most="
                    + OptionDescriptor.NAME_LENGTH_LIMIT);
        }
        int description = export.description().getBytes(StandardCharsets.UTF_8).length;
        if (description > OptionDescriptor.NAME_LENGTH_LIMIT) {
            throw new IllegalArgumentException("the description of export " + export.name() + " is too long: length="
                    + description + " most=" + OptionDescriptor.NAME_LENGTH_LIMIT);
        }
        int minimum = export.minimumBlockLength();
        int preferred = export.preferredBlockLength();
        boolean fits = Integer.bitCount(minimum) == 1
                && minimum > 0
                && minimum <= BLOCK_LENGTH_LIMIT
                && Integer.bitCount(preferred) == 1
                && preferred >= Math.max(512, minimum)
                && preferred <= RequestDescriptor.PAYLOAD_LENGTH_LIMIT;
        if (!fits) {
            throw new IllegalArgumentException("export " + export.name() + " has impossible block lengths: minimum="
                    + minimum + " preferred=" + preferred);
        }
        if (export.length() < 0) {
            throw new IllegalArgumentException("export " + export.name() + " has length=" + export.length());
        }
    }

    /**
     * Look an export up.
     *
     * @param name as the client gave it; empty for whichever is first.
     * @return null when there is none.
     */
    NbdExport find(String name) {
        NbdExport export = exports.get(name);
        return export == null && name.isEmpty() ? first : export;
    }

    /** All of them. */
    Iterable<NbdExport> all() {
        return exports.values();
    }
}
