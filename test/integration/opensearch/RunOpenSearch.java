import java.nio.file.Path;
import java.util.List;
import org.opensearch.common.settings.Settings;
import org.opensearch.env.Environment;
import org.opensearch.knn.plugin.KNNPlugin;
import org.opensearch.node.Node;
import org.opensearch.transport.Netty4Plugin;

/**
 * One node of OpenSearch with k-NN, from its jars alone: no distribution, no plugin folders, no security plugin. Vectors are Lucene's, since the other
 * engines need native libraries that are in no jar. Arguments: a folder for its data, a port.
 */
public class RunOpenSearch {
    private static final class NodeWithPlugins extends Node {
        NodeWithPlugins(Environment environment) {
            super(environment, List.of(Netty4Plugin.class, KNNPlugin.class), true);
        }
    }

    public static void main(String[] arguments) throws Exception {
        Path home = Path.of(arguments[0]);
        Settings settings = Settings.builder()
            .put("path.home", home)
            .put("node.name", "integration")
            .put("discovery.type", "single-node")
            .put("network.host", "127.0.0.1")
            .put("http.type", "netty4")
            .put("http.port", arguments[1])
            .put("transport.type", "netty4")
            .put("transport.port", "0")
            .put("cluster.routing.allocation.disk.threshold_enabled", false)
            .build();
        new NodeWithPlugins(new Environment(settings, home.resolve("config"))).start();
        Thread.currentThread().join();
    }
}
