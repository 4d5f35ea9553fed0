import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Runs all checks against a server and prints one line of JSON for each:
 *
 * <pre>{"name":"…","ms":12,"error":null}</pre>
 *
 * Arguments: host and port of the server for AMQP, and for HTTP; those of one with users; a regular expression for the names of the checks to run,
 * or none: all of them.
 */
public final class Suite {
  /** What is checked; anything thrown is its failure. */
  public interface Check {
    void run(Client client) throws Exception;
  }

  /** Each as host:port. */
  record Servers(String amqp, String http, String guarded) {}

  private record Named(String name, Check check) {}

  /** A check that takes longer has failed; on a busy machine each takes far less. */
  private static final long CHECK_MS_MAX = 30_000;

  private final List<Named> checks = new ArrayList<>();

  public void check(String name, Check check) {
    checks.add(new Named(name, check));
  }

  public static void main(String[] arguments) throws Exception {
    Servers servers = new Servers(arguments[0], arguments[1], arguments[2]);
    Pattern wanted = Pattern.compile(arguments.length > 3 ? arguments[3] : "");
    Suite suite = new Suite();
    QueueChecks.addTo(suite);
    TopicChecks.addTo(suite);
    SelectorChecks.addTo(suite);
    MessageChecks.addTo(suite);
    DeliveryChecks.addTo(suite);
    AcknowledgeChecks.addTo(suite);
    TransactionChecks.addTo(suite);
    ConnectionChecks.addTo(suite);
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    for (Named named : suite.checks) if (wanted.matcher(named.name).find()) out.println(outcomeOf(named, servers));
    // Threads of a check that hangs do not keep the process.
    System.exit(0);
  }

  private static String outcomeOf(Named named, Servers servers) throws InterruptedException {
    Throwable[] failure = new Throwable[1];
    long start = System.nanoTime();
    Thread thread = new Thread(() -> {
      try (Client client = new Client(servers)) {
        named.check.run(client);
      } catch (Throwable thrown) {
        failure[0] = thrown;
      }
    });
    thread.setDaemon(true);
    thread.start();
    thread.join(CHECK_MS_MAX);
    String error = failure[0] == null ? null : textOf(failure[0]);
    if (thread.isAlive()) {
      error = "took longer than " + CHECK_MS_MAX + " ms, and is at " + String.join("\n", List.of(thread.getStackTrace()).stream().map(Object::toString).toList());
      thread.interrupt();
    }
    long ms = (System.nanoTime() - start) / 1_000_000;
    return "{\"name\":" + json(named.name) + ",\"ms\":" + ms + ",\"error\":" + (error == null ? "null" : json(error)) + "}";
  }

  private static String textOf(Throwable thrown) {
    StringWriter text = new StringWriter();
    thrown.printStackTrace(new PrintWriter(text));
    return text.toString();
  }

  private static String json(String text) {
    StringBuilder json = new StringBuilder("\"");
    for (char unit : text.toCharArray()) {
      if (unit == '"' || unit == '\\') json.append('\\').append(unit);
      else if (unit < 0x20) json.append(String.format("\\u%04x", (int) unit));
      else json.append(unit);
    }
    return json.append('"').toString();
  }
}
