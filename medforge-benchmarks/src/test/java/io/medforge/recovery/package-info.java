/** Writers that are killed, and what they must leave behind. */
package io.medforge.recovery;
