import jakarta.jms.Destination;
import jakarta.jms.InvalidDestinationException;
import jakarta.jms.JMSConsumer;
import jakarta.jms.JMSContext;
import jakarta.jms.Message;
import jakarta.jms.MessageConsumer;
import jakarta.jms.Queue;
import jakarta.jms.QueueBrowser;
import jakarta.jms.Session;
import jakarta.jms.TemporaryQueue;
import jakarta.jms.TemporaryTopic;
import jakarta.jms.TextMessage;
import java.util.ArrayList;
import java.util.Enumeration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Queues, browsers, temporary destinations, request and reply. */
final class QueueChecks {
  static void addTo(Suite suite) {
    suite.check("[8.2] a message waits in its queue for a consumer, and goes to one", client -> {
      JMSContext context = client.context();
      Queue queue = context.createQueue(Client.name());
      context.createProducer().send(queue, "one").send(queue, "two");
      JMSConsumer consumer = context.createConsumer(queue);
      Client.equal(List.of("one", "two"), Client.nextTexts(consumer, 2));
      Client.nothing(consumer);
    });

    suite.check("[8.2] the consumers of a queue share its messages, and none comes twice", client -> {
      JMSContext context = client.context();
      Queue queue = context.createQueue(Client.name());
      BlockingQueue<String> got = new LinkedBlockingQueue<>();
      for (int i = 0; i < 3; i++) client.context().createConsumer(queue).setMessageListener(message -> got.add(bodyOf(message)));
      Set<String> sent = new HashSet<>();
      for (int i = 0; i < 300; i++) {
        sent.add("m" + i);
        context.createProducer().send(queue, "m" + i);
      }
      List<String> all = new ArrayList<>();
      while (all.size() < sent.size()) {
        String text = got.poll(Client.COMES_MS_MAX, TimeUnit.MILLISECONDS);
        Client.holds(text != null, "only " + all.size() + " came");
        all.add(text);
      }
      Client.equal(sent, new HashSet<>(all));
    });

    suite.check("[6.2.9] messages of one session to one queue stay in their order, with prefetch or without", client -> {
      for (String prefetch : List.of("0", "1", "1000")) {
        JMSContext context = client.context(JMSContext.AUTO_ACKNOWLEDGE, null, "&jms.prefetchPolicy.all=" + prefetch);
        Queue queue = context.createQueue(Client.name());
        List<String> sent = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
          sent.add("m" + i);
          context.createProducer().send(queue, "m" + i);
        }
        Client.equal(sent, Client.nextTexts(context.createConsumer(queue), 100));
      }
    });

    suite.check("[8.7] a listener gets the messages that were there, and those that come", client -> {
      JMSContext context = client.context();
      Queue queue = context.createQueue(Client.name());
      context.createProducer().send(queue, "before");
      BlockingQueue<String> got = new LinkedBlockingQueue<>();
      client.context().createConsumer(queue).setMessageListener(message -> got.add(bodyOf(message)));
      Client.equal("before", got.poll(Client.COMES_MS_MAX, TimeUnit.MILLISECONDS));
      context.createProducer().send(queue, "after");
      Client.equal("after", got.poll(Client.COMES_MS_MAX, TimeUnit.MILLISECONDS));
    });

    suite.check("[8.4] nothing is delivered while the connection is stopped", client -> {
      JMSContext context = client.context();
      Queue queue = context.createQueue(Client.name());
      JMSContext other = client.context();
      JMSConsumer consumer = other.createConsumer(queue);
      other.stop();
      context.createProducer().send(queue, "later");
      Client.equal(null, consumer.receive(100));
      other.start();
      Client.equal("later", Client.nextText(consumer));
    });

    suite.check("[4.1.7] a browser sees the messages in their order, and takes none away", client -> {
      JMSContext context = client.context();
      Queue queue = context.createQueue(Client.name());
      for (String text : List.of("a", "b", "c")) context.createProducer().send(queue, text);
      for (int i = 0; i < 2; i++) Client.equal(List.of("a", "b", "c"), browsed(context.createBrowser(queue)));
      Client.equal(List.of("a", "b", "c"), Client.nextTexts(context.createConsumer(queue), 3));
      Client.equal(List.of(), browsed(context.createBrowser(queue)));
    });

    suite.check("[4.1.7] a browser with a selector sees what it asks for", client -> {
      JMSContext context = client.context();
      Queue queue = context.createQueue(Client.name());
      for (int i = 1; i <= 4; i++) context.createProducer().setProperty("n", i).send(queue, "m" + i);
      Client.equal(List.of("m3", "m4"), browsed(context.createBrowser(queue, "n > 2")));
    });

    suite.check("[6.2.2] a temporary queue answers a request, and ends with its connection", client -> {
      JMSContext server = client.context();
      Queue requests = server.createQueue(Client.name());
      server.createConsumer(requests).setMessageListener(request -> {
        try {
          TextMessage reply = server.createTextMessage("re: " + bodyOf(request));
          reply.setJMSCorrelationID(request.getJMSMessageID());
          server.createProducer().send(request.getJMSReplyTo(), reply);
        } catch (Exception failure) {
          throw new IllegalStateException(failure);
        }
      });
      JMSContext asking = client.context();
      TemporaryQueue replies = asking.createTemporaryQueue();
      JMSConsumer consumer = asking.createConsumer(replies);
      for (int i = 0; i < 3; i++) {
        TextMessage request = asking.createTextMessage("q" + i);
        request.setJMSReplyTo(replies);
        asking.createProducer().send(requests, request);
        Message reply = Client.next(consumer);
        Client.equal("re: q" + i, reply.getBody(String.class));
        Client.equal(request.getJMSMessageID(), reply.getJMSCorrelationID());
      }
      asking.close();
      Client.fails(Exception.class, () -> {
        JMSContext late = client.context();
        late.createProducer().send((Destination) replies, "late");
      });
    });

    suite.check("[6.2.2] a temporary topic reaches its subscribers", client -> {
      JMSContext context = client.context();
      TemporaryTopic topic = context.createTemporaryTopic();
      JMSConsumer first = context.createConsumer(topic);
      JMSConsumer second = context.createConsumer(topic);
      client.context().createProducer().send((Destination) topic, "to all");
      Client.equal("to all", Client.nextText(first));
      Client.equal("to all", Client.nextText(second));
    });

    suite.check("[6.2.2] a temporary queue is deleted when nobody consumes from it, and only its connection may consume", client -> {
      Session session = client.connect().createSession();
      TemporaryQueue queue = session.createTemporaryQueue();
      MessageConsumer consumer = session.createConsumer(queue);
      Client.fails(jakarta.jms.JMSException.class, queue::delete);
      Client.fails(InvalidDestinationException.class, () -> client.connect().createSession().createConsumer(queue));
      consumer.close();
      queue.delete();
      Client.fails(jakarta.jms.JMSException.class, () -> session.createProducer(queue).send(session.createTextMessage("late")));
    });
  }

  static List<String> browsed(QueueBrowser browser) throws Exception {
    List<String> texts = new ArrayList<>();
    Enumeration<?> all = browser.getEnumeration();
    while (all.hasMoreElements()) texts.add(((Message) all.nextElement()).getBody(String.class));
    browser.close();
    return texts;
  }

  static String bodyOf(Message message) {
    try {
      return message.getBody(String.class);
    } catch (jakarta.jms.JMSException failure) {
      throw new IllegalStateException(failure);
    }
  }
}
