import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.trino.plugin.hive.HivePlugin;
import io.trino.testing.MaterializedResult;
import io.trino.testing.MaterializedRow;
import io.trino.testing.StandaloneQueryRunner;
import io.trino.testing.TestingSession;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * Trino, which Athena's third engine is made from, over a folder: a line {"sql": ...} in, a line {"columns", "rows"} or {"error"} out.
 * Tables stand in metastore/ below the folder, and what they are over is local:///.
 */
public class Engine
{
    public static void main(String[] args)
            throws Exception
    {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        System.setOut(System.err); // what Trino logs
        ObjectMapper json = new ObjectMapper();
        StandaloneQueryRunner trino = new StandaloneQueryRunner(TestingSession.testSessionBuilder().setCatalog("hive").setSchema("config").build());
        trino.installPlugin(new HivePlugin());
        trino.createCatalog("hive", "hive", Map.of(
                "hive.metastore", "file",
                "hive.metastore.catalog.dir", "local:///metastore",
                "hive.partition-projection-enabled", "true",
                "hive.table-statistics-enabled", "false", // a folder that is projected has none
                "fs.native-local.enabled", "true",
                "local.location", args[0],
                "hive.recursive-directories", "true",
                "hive.ignore-absent-partitions", "true")); // as Athena does: where nothing was delivered there is no folder
        out.println("ready");
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line; (line = in.readLine()) != null; ) {
            ObjectNode answer = json.createObjectNode();
            try {
                MaterializedResult result = trino.execute(json.readTree(line).get("sql").asText());
                result.getColumnNames().forEach(answer.putArray("columns")::add);
                ArrayNode rows = answer.putArray("rows");
                for (MaterializedRow row : result.getMaterializedRows()) {
                    ArrayNode cells = rows.addArray();
                    for (Object value : row.getFields()) {
                        cells.add(value == null ? null : value.toString()); // as Athena tells every value
                    }
                }
            }
            catch (Throwable e) {
                StringBuilder why = new StringBuilder();
                for (Throwable t = e; t != null; t = t.getCause()) {
                    why.append(t).append(" / ");
                }
                answer.removeAll();
                answer.put("error", why.toString());
            }
            out.println(json.writeValueAsString(answer));
        }
        System.exit(0);
    }
}
