/** The snippets of README.md and the site, as code that compiles and runs. */
package io.medforge.docs;
