import jakarta.jms.Connection;
import jakarta.jms.JMSConsumer;
import jakarta.jms.JMSContext;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageConsumer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.apache.qpid.jms.JmsConnectionFactory;

/** The connections of one check, which end with it; names that no other check has; and what checks say. */
final class Client implements AutoCloseable {
  /** How long a message that has to come is waited for. */
  static final long COMES_MS_MAX = 20_000;

  private final Suite.Servers servers;
  private final List<AutoCloseable> opened = new ArrayList<>();

  Client(Suite.Servers servers) {
    this.servers = servers;
  }

  Suite.Servers servers() {
    return servers;
  }

  /** The name of an address, client or subscription that nobody else has. */
  static String name() {
    return "jms-" + UUID.randomUUID();
  }

  JmsConnectionFactory factory(String options) {
    return new JmsConnectionFactory("amqp://" + servers.amqp() + "?amqp.traceFrames=false" + options);
  }

  Connection connect() throws JMSException {
    return connect(factory(""), null);
  }

  /** A started connection. */
  Connection connect(JmsConnectionFactory factory, String clientId) throws JMSException {
    Connection connection = factory.createConnection();
    opened.add(connection);
    if (clientId != null) connection.setClientID(clientId);
    connection.start();
    return connection;
  }

  JMSContext context() {
    return context(JMSContext.AUTO_ACKNOWLEDGE);
  }

  JMSContext context(int mode) {
    return context(mode, null, "");
  }

  JMSContext context(int mode, String clientId, String options) {
    JMSContext context = factory(options).createContext(mode);
    opened.add(context);
    if (clientId != null) context.setClientID(clientId);
    return context;
  }

  @Override
  public void close() throws Exception {
    for (AutoCloseable each : opened) each.close();
  }

  // ---- what has to come

  static Message next(JMSConsumer consumer) {
    return came(consumer.receive(COMES_MS_MAX));
  }

  static Message next(MessageConsumer consumer) throws JMSException {
    return came(consumer.receive(COMES_MS_MAX));
  }

  static String nextText(JMSConsumer consumer) throws JMSException {
    return next(consumer).getBody(String.class);
  }

  static String nextText(MessageConsumer consumer) throws JMSException {
    return next(consumer).getBody(String.class);
  }

  /** The next texts, in their order. */
  static List<String> nextTexts(JMSConsumer consumer, int count) throws JMSException {
    List<String> texts = new ArrayList<>();
    while (texts.size() < count) texts.add(nextText(consumer));
    return texts;
  }

  /** The server is asked for what it has: there is nothing. */
  static void nothing(JMSConsumer consumer) throws JMSException {
    Message message = consumer.receiveNoWait();
    if (message != null) throw new AssertionError("came, and should not: " + message.getBody(Object.class));
  }

  private static Message came(Message message) {
    if (message == null) throw new AssertionError("no message came");
    return message;
  }

  static void equal(Object expected, Object actual) {
    if (!Objects.deepEquals(expected, actual)) throw new AssertionError("expected " + expected + ", and it is " + actual);
  }

  static void holds(boolean condition, String what) {
    if (!condition) throw new AssertionError(what);
  }

  interface Attempt {
    void run() throws Exception;
  }

  /** The attempt fails with an exception of this type. */
  static <T extends Exception> T fails(Class<T> type, Attempt attempt) throws Exception {
    try {
      attempt.run();
    } catch (Exception failure) {
      if (type.isInstance(failure)) return type.cast(failure);
      throw failure;
    }
    throw new AssertionError("succeeded, and should fail with " + type.getSimpleName());
  }
}
