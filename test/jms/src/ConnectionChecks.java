import jakarta.jms.Connection;
import jakarta.jms.InvalidClientIDException;
import jakarta.jms.JMSException;
import jakarta.jms.JMSSecurityException;
import jakarta.jms.MessageConsumer;
import jakarta.jms.MessageProducer;
import jakarta.jms.Queue;
import jakarta.jms.Session;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.qpid.jms.JmsConnectionFactory;

/** Connections, and what becomes of them. */
final class ConnectionChecks {
  static void addTo(Suite suite) {
    suite.check("[6.1.2] a client identifier is in use by one connection at a time", client -> {
      String id = Client.name();
      Connection first = client.connect(client.factory(""), id);
      Client.fails(InvalidClientIDException.class, () -> client.connect(client.factory(""), id));
      first.close();
      client.connect(client.factory(""), id);
    });

    suite.check("[6.1.6] closing a connection ends a receive that waits", client -> {
      Connection connection = client.connect();
      Session session = connection.createSession();
      MessageConsumer consumer = session.createConsumer(session.createQueue(Client.name()));
      CountDownLatch waiting = new CountDownLatch(1);
      Object[] got = {"nothing yet"};
      Thread thread = new Thread(() -> {
        waiting.countDown();
        try {
          got[0] = consumer.receive();
        } catch (JMSException failure) {
          got[0] = null;
        }
      });
      thread.start();
      waiting.await();
      connection.close();
      thread.join(Client.COMES_MS_MAX);
      Client.equal(null, got[0]);
    });

    suite.check("[6.1.7] a connection that breaks is reported to its exception listener", client -> {
      try (CuttableProxy proxy = new CuttableProxy(client.servers().amqp())) {
        Connection connection = client.connect(new JmsConnectionFactory("amqp://" + proxy.address()), null);
        CountDownLatch heard = new CountDownLatch(1);
        connection.setExceptionListener(failure -> heard.countDown());
        proxy.cut();
        Client.holds(heard.await(Client.COMES_MS_MAX, TimeUnit.MILLISECONDS), "nobody was told");
      }
    });

    suite.check("a client with failover goes on after its connection has been cut, and no message is lost", client -> {
      try (CuttableProxy proxy = new CuttableProxy(client.servers().amqp())) {
        Connection connection = client.connect(new JmsConnectionFactory("failover:(amqp://" + proxy.address() + ")?failover.reconnectDelay=10"), null);
        Session session = connection.createSession(Session.CLIENT_ACKNOWLEDGE);
        Queue queue = session.createQueue(Client.name());
        MessageProducer producer = session.createProducer(queue);
        MessageConsumer consumer = session.createConsumer(queue);
        Set<String> sent = new HashSet<>();
        Set<String> got = new HashSet<>();
        for (int i = 0; i < 30; i++) {
          sent.add("m" + i);
          producer.send(session.createTextMessage("m" + i));
          if (i % 10 == 5) proxy.cut();
        }
        while (got.size() < sent.size()) {
          jakarta.jms.Message message = Client.next(consumer);
          got.add(message.getBody(String.class));
          if (got.size() == 15) proxy.cut();
          message.acknowledge();
        }
        Client.equal(sent, got);
      }
    });

    suite.check("a client over a WebSocket sends and receives, large messages too", client -> {
      Connection connection = client.connect(new JmsConnectionFactory("amqpws://" + client.servers().http() + "/amqp"), null);
      Session session = connection.createSession();
      Queue queue = session.createQueue(Client.name());
      MessageConsumer consumer = session.createConsumer(queue);
      for (String text : List.of("small", "x".repeat(200_000))) {
        session.createProducer(queue).send(session.createTextMessage(text));
        Client.equal(text, Client.nextText(consumer));
      }
    });

    suite.check("a client logs in by each mechanism, and not with a wrong password", client -> {
      String server = "amqp://" + client.servers().guarded();
      for (String mechanism : List.of("SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN")) {
        String uri = server + "?amqp.saslMechanisms=" + mechanism;
        client.connect(new JmsConnectionFactory("ann", "open sesame", uri), null).close();
        Client.fails(JMSSecurityException.class, () -> client.connect(new JmsConnectionFactory("ann", "wrong", uri), null));
      }
      Client.fails(JMSSecurityException.class, () -> client.connect(new JmsConnectionFactory(server), null));
    });

    suite.check("sessions of one connection work side by side", client -> {
      Connection connection = client.connect();
      Queue queue = connection.createSession().createQueue(Client.name());
      for (int i = 0; i < 10; i++) {
        Session session = connection.createSession();
        session.createProducer(queue).send(session.createTextMessage("m" + i));
      }
      Session reading = connection.createSession();
      MessageConsumer consumer = reading.createConsumer(queue);
      for (int i = 0; i < 10; i++) Client.equal("m" + i, Client.nextText(consumer));
    });

    suite.check("a message without a destination of its producer goes where each send says", client -> {
      Session session = client.connect().createSession();
      MessageProducer anywhere = session.createProducer(null);
      for (jakarta.jms.Destination to : List.of(session.createQueue(Client.name()), session.createQueue(Client.name()))) {
        anywhere.send(to, session.createTextMessage("to " + to));
        Client.equal("to " + to, Client.nextText(session.createConsumer(to)));
      }
    });

    suite.check("an address that is of another type is refused", client -> {
      Session session = client.connect().createSession();
      String name = Client.name();
      session.createConsumer(session.createQueue(name));
      Client.fails(JMSException.class, () -> session.createConsumer(session.createTopic(name)));
    });
  }
}
