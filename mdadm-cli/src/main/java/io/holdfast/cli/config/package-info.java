/** The configuration file, in mdadm's language. */
package io.holdfast.cli.config;
