import jakarta.jms.IllegalStateRuntimeException;
import jakarta.jms.InvalidDestinationRuntimeException;
import jakarta.jms.JMSConsumer;
import jakarta.jms.JMSContext;
import jakarta.jms.JMSRuntimeException;
import jakarta.jms.Session;
import jakarta.jms.Topic;
import jakarta.jms.MessageConsumer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Topics and the four kinds of subscriptions. */
final class TopicChecks {
  private static final int AUTO = JMSContext.AUTO_ACKNOWLEDGE;

  static void addTo(Suite suite) {
    suite.check("[8.3.1] every subscriber of a topic gets its messages, from when it subscribed until it closes", client -> {
      JMSContext context = client.context();
      Topic topic = context.createTopic(Client.name());
      context.createProducer().send(topic, "too early");
      JMSConsumer first = context.createConsumer(topic);
      JMSConsumer second = client.context().createConsumer(topic);
      context.createProducer().send(topic, "one");
      Client.equal("one", Client.nextText(first));
      Client.equal("one", Client.nextText(second));
      second.close();
      context.createProducer().send(topic, "two");
      Client.equal("two", Client.nextText(first));
      Client.nothing(first);
    });

    suite.check("[8.3.1] with noLocal a subscriber does not get the messages of its own connection", client -> {
      Session session = client.connect().createSession();
      Topic topic = session.createTopic(Client.name());
      MessageConsumer consumer = session.createConsumer(topic, null, true);
      session.createProducer(topic).send(session.createTextMessage("own"));
      JMSContext other = client.context();
      other.createProducer().send(topic, "foreign");
      Client.equal("foreign", Client.nextText(consumer));
      Client.equal(null, consumer.receiveNoWait());
    });

    suite.check("[8.3.3] a durable subscription keeps messages while its subscriber is away", client -> {
      String id = Client.name();
      JMSContext publisher = client.context();
      Topic topic = publisher.createTopic(Client.name());
      try (JMSContext subscriber = client.context(AUTO, id, "")) {
        JMSConsumer consumer = subscriber.createDurableConsumer(topic, "sub");
        publisher.createProducer().send(topic, "here");
        Client.equal("here", Client.nextText(consumer));
      }
      publisher.createProducer().send(topic, "away");
      JMSContext subscriber = client.context(AUTO, id, "");
      JMSConsumer consumer = subscriber.createDurableConsumer(topic, "sub");
      Client.equal("away", Client.nextText(consumer));
      Client.nothing(consumer);
      consumer.close();
      subscriber.unsubscribe("sub");
      publisher.createProducer().send(topic, "gone");
      Client.nothing(subscriber.createDurableConsumer(topic, "sub"));
    });

    suite.check("[8.3.3] a durable subscription with another selector is another subscription", client -> {
      JMSContext publisher = client.context();
      Topic topic = publisher.createTopic(Client.name());
      JMSContext subscriber = client.context(AUTO, Client.name(), "");
      subscriber.createDurableConsumer(topic, "sub", "n = 1", false).close();
      for (int i = 1; i <= 2; i++) publisher.createProducer().setProperty("n", i).send(topic, "m" + i);
      JMSConsumer same = subscriber.createDurableConsumer(topic, "sub", "n = 1", false);
      Client.equal("m1", Client.nextText(same));
      Client.nothing(same);
      same.close();
      for (int i = 1; i <= 2; i++) publisher.createProducer().setProperty("n", i).send(topic, "m" + i);
      JMSConsumer other = subscriber.createDurableConsumer(topic, "sub", "n = 2", false);
      Client.nothing(other);
      for (int i = 1; i <= 2; i++) publisher.createProducer().setProperty("n", i).send(topic, "n" + i);
      Client.equal("n2", Client.nextText(other));
    });

    suite.check("[8.3.3] a durable subscription that is in use cannot be ended, nor one that is not there", client -> {
      JMSContext subscriber = client.context(AUTO, Client.name(), "");
      Topic topic = subscriber.createTopic(Client.name());
      JMSConsumer consumer = subscriber.createDurableConsumer(topic, "sub");
      Client.fails(JMSRuntimeException.class, () -> subscriber.unsubscribe("sub"));
      consumer.close();
      subscriber.unsubscribe("sub");
      Client.fails(InvalidDestinationRuntimeException.class, () -> subscriber.unsubscribe("sub"));
    });

    suite.check("[8.3.2] a shared subscription hands each message to one of its consumers, of any client", client -> {
      JMSContext publisher = client.context();
      Topic topic = publisher.createTopic(Client.name());
      String name = Client.name();
      shares(client, publisher, topic, () -> client.context().createSharedConsumer(topic, name));
    });

    suite.check("[8.3.4] so does a shared durable one, which keeps messages while nobody is there", client -> {
      JMSContext publisher = client.context();
      Topic topic = publisher.createTopic(Client.name());
      String name = Client.name();
      JMSContext first = client.context();
      first.createSharedDurableConsumer(topic, name).close();
      publisher.createProducer().send(topic, "kept");
      JMSConsumer again = first.createSharedDurableConsumer(topic, name);
      Client.equal("kept", Client.nextText(again));
      again.close();
      shares(client, publisher, topic, () -> client.context().createSharedDurableConsumer(topic, name));
    });

    suite.check("[8.3.4] a shared durable subscription with a client identifier belongs to it, and is ended by name", client -> {
      JMSContext publisher = client.context();
      Topic topic = publisher.createTopic(Client.name());
      JMSContext owner = client.context(AUTO, Client.name(), "");
      JMSContext stranger = client.context(AUTO, Client.name(), "");
      owner.createSharedDurableConsumer(topic, "sub").close();
      stranger.createSharedDurableConsumer(topic, "sub").close();
      publisher.createProducer().send(topic, "each");
      JMSConsumer owned = owner.createSharedDurableConsumer(topic, "sub");
      JMSConsumer strange = stranger.createSharedDurableConsumer(topic, "sub");
      Client.equal("each", Client.nextText(owned));
      Client.equal("each", Client.nextText(strange));
      owned.close();
      owner.unsubscribe("sub");
      publisher.createProducer().send(topic, "one");
      Client.equal("one", Client.nextText(strange));
      Client.nothing(owner.createSharedDurableConsumer(topic, "sub"));
    });

    suite.check("[8.3.4] a subscription is shared or not, durable or not: a name of both is two, or refused", client -> {
      JMSContext context = client.context(AUTO, Client.name(), "");
      Topic topic = context.createTopic(Client.name());
      JMSConsumer durable = context.createSharedDurableConsumer(topic, "sub");
      JMSConsumer volatileOne = context.createSharedConsumer(topic, "sub");
      context.createProducer().send(topic, "both");
      Client.equal("both", Client.nextText(durable));
      Client.equal("both", Client.nextText(volatileOne));
      Client.fails(JMSRuntimeException.class, () -> context.createDurableConsumer(topic, "sub"));
    });

    suite.check("[8.3.3] a durable subscription needs a client identifier", client -> {
      JMSContext context = client.context();
      Topic topic = context.createTopic(Client.name());
      Client.fails(IllegalStateRuntimeException.class, () -> context.createDurableConsumer(topic, "sub"));
    });

    suite.check("a subscriber of a topic gets what is sent to names below it, and one of such a name just that", client -> {
      JMSContext context = client.context();
      String root = Client.name();
      JMSConsumer all = context.createConsumer(context.createTopic(root));
      JMSConsumer red = context.createConsumer(context.createTopic(root + "/red"));
      context.createProducer().send(context.createTopic(root + "/blue"), "blue");
      context.createProducer().send(context.createTopic(root + "/red"), "red");
      Client.equal(List.of("blue", "red"), Client.nextTexts(all, 2));
      Client.equal("red", Client.nextText(red));
    });
  }

  private interface Subscribing {
    JMSConsumer subscribe();
  }

  private static void shares(Client client, JMSContext publisher, Topic topic, Subscribing subscribing) throws Exception {
    List<JMSConsumer> consumers = List.of(subscribing.subscribe(), subscribing.subscribe());
    Set<String> sent = new HashSet<>();
    for (int i = 0; i < 20; i++) {
      sent.add("m" + i);
      publisher.createProducer().send(topic, "m" + i);
    }
    List<String> got = new ArrayList<>();
    for (JMSConsumer consumer : consumers) got.addAll(Client.nextTexts(consumer, 10));
    Client.equal(sent, new HashSet<>(got));
    for (JMSConsumer consumer : consumers) Client.nothing(consumer);
  }
}
