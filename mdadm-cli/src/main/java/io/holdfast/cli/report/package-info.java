/** What superblocks say, in mdadm's words or in JSON. */
package io.holdfast.cli.report;
