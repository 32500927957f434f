/** One process per running array: its run folder, its control socket, and what can be asked over it. */
package io.holdfast.cli.daemon;
