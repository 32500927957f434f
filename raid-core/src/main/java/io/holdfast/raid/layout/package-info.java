/**
 * Where is logical byte b? Pure arithmetic: levels, md's layout algorithms, and the order of the Q coefficients.
 *
 * <p>{@link io.holdfast.raid.layout.ArrayLayout} answers for a whole array,
 * {@link io.holdfast.raid.layout.StripeMap} for one row of it. Nothing here touches a device or a buffer, everything is
 * immutable, and no query allocates.
 */
package io.holdfast.raid.layout;
