/**
 * What is deployed: the Helm chart, rendered by Helm itself and read as Kubernetes would, and the images' scripts. Read
 * {@link dev.streamgauge.standalone.deploy.Chart} first.
 */
@NullMarked
package dev.streamgauge.standalone.deploy;

import org.jspecify.annotations.NullMarked;
