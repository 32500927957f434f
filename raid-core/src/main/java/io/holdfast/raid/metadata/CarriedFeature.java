package io.holdfast.raid.metadata;

import java.util.ArrayList;
import java.util.List;

/**
 * Something that an array carries and that this version does not do. It is recognised, so that it is never mishandled: the
 * array is then opened for reading only, or not at all.
 *
 * @param name     a word or two.
 * @param refused  whether the array cannot even be read; otherwise it is opened read-only.
 * @param sentence what it means for the array, a clause without the array's name.
 */
public record CarriedFeature(String name, boolean refused, String sentence) {
    private static final int ANY_PPL = SuperblockFeature.PPL | SuperblockFeature.MULTIPLE_PPLS;

    /**
     * What a set of feature bits carries.
     *
     * @param featureMap bits of {@link SuperblockFeature}: those of all devices that take part, together.
     * @return what is carried, gravest first; empty when everything is understood.
     */
    public static List<CarriedFeature> of(int featureMap) {
        List<CarriedFeature> carried = new ArrayList<>();
        refuse(carried, featureMap & ~SuperblockFeature.KNOWN, "unknown feature", "it uses features from the future");
        refuse(
                carried,
                featureMap & SuperblockFeature.CLUSTERED,
                "clustered",
                "it is shared by a cluster, whose other nodes Holdfast cannot ask");
        refuse(
                carried,
                featureMap
                        & (SuperblockFeature.RESHAPE
                                | SuperblockFeature.NEW_OFFSET
                                | SuperblockFeature.RESHAPE_BACKWARDS),
                "reshape",
                "a reshape is under way; let Linux finish it first");
        boolean journal = (featureMap & SuperblockFeature.JOURNAL) != 0;
        boolean bitmap = (featureMap & SuperblockFeature.BITMAP) != 0;
        boolean ppl = (featureMap & ANY_PPL) != 0;
        if ((journal && (bitmap || ppl)) || (bitmap && ppl) || (featureMap & ANY_PPL) == ANY_PPL) {
            carried.add(new CarriedFeature(
                    "contradiction",
                    true,
                    "it claims more than one of journal, bitmap and partial parity log, which exclude each other"));
        }
        limit(
                carried,
                featureMap & ANY_PPL,
                "partial parity log",
                "it keeps a partial parity log, which Holdfast does not maintain");
        return carried;
    }

    private static void refuse(List<CarriedFeature> carried, int bits, String name, String sentence) {
        if (bits != 0) {
            carried.add(new CarriedFeature(name, true, sentence));
        }
    }

    private static void limit(List<CarriedFeature> carried, int bits, String name, String sentence) {
        if (bits != 0) {
            carried.add(new CarriedFeature(name, false, sentence));
        }
    }
}
