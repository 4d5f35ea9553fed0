import jakarta.jms.Connection;
import jakarta.jms.JMSConsumer;
import jakarta.jms.JMSContext;
import jakarta.jms.Message;
import jakarta.jms.Queue;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.qpid.jms.JmsConnectionFactory;

/** Acknowledgement, recovery, redelivery. */
final class AcknowledgeChecks {
  static void addTo(Suite suite) {
    suite.check("[6.2.10] what a client does not acknowledge comes again, to others, when its connection closes", client -> {
      JMSContext context = client.context();
      Queue queue = context.createQueue(Client.name());
      for (int i = 1; i <= 3; i++) context.createProducer().send(queue, "m" + i);
      JMSContext first = client.context(JMSContext.CLIENT_ACKNOWLEDGE);
      JMSConsumer consumer = first.createConsumer(queue);
      Client.next(consumer).acknowledge();
      Client.next(consumer);
      first.close();
      JMSConsumer second = client.context().createConsumer(queue);
      Message again = Client.next(second);
      Client.equal("m2", again.getBody(String.class));
      Client.equal(true, again.getJMSRedelivered());
      Client.equal(2, again.getIntProperty("JMSXDeliveryCount"));
      Message third = Client.next(second);
      Client.equal("m3", third.getBody(String.class));
      Client.equal(false, third.getJMSRedelivered());
      Client.nothing(second);
    });

    suite.check("[6.2.10] acknowledging one message acknowledges all that its session has consumed", client -> {
      JMSContext context = client.context();
      Queue queue = context.createQueue(Client.name());
      for (int i = 1; i <= 3; i++) context.createProducer().send(queue, "m" + i);
      JMSContext first = client.context(JMSContext.CLIENT_ACKNOWLEDGE);
      JMSConsumer consumer = first.createConsumer(queue);
      Client.next(consumer);
      Client.next(consumer);
      Client.next(consumer).acknowledge();
      first.close();
      Client.nothing(context.createConsumer(queue));
    });

    suite.check("[6.2.11] recover brings the messages again, in their order, and counts", client -> {
      JMSContext context = client.context();
      Queue queue = context.createQueue(Client.name());
      for (int i = 1; i <= 3; i++) context.createProducer().send(queue, "m" + i);
      JMSContext receiving = client.context(JMSContext.CLIENT_ACKNOWLEDGE);
      JMSConsumer consumer = receiving.createConsumer(queue);
      for (int attempt = 1; attempt <= 3; attempt++) {
        for (int i = 1; i <= 2; i++) {
          Message message = Client.next(consumer);
          Client.equal("m" + i, message.getBody(String.class));
          Client.equal(attempt, message.getIntProperty("JMSXDeliveryCount"));
          Client.equal(attempt > 1, message.getJMSRedelivered());
        }
        receiving.recover();
      }
    });

    suite.check("[8.7] a message whose listener throws is delivered again", client -> {
      JMSContext context = client.context();
      Queue queue = context.createQueue(Client.name());
      BlockingQueue<String> attempts = new LinkedBlockingQueue<>();
      int[] count = {0};
      client.context().createConsumer(queue).setMessageListener(message -> {
        attempts.add(QueueChecks.bodyOf(message));
        if (++count[0] < 3) throw new IllegalStateException("not yet");
      });
      context.createProducer().send(queue, "difficult");
      for (int i = 0; i < 3; i++) Client.equal("difficult", attempts.poll(Client.COMES_MS_MAX, TimeUnit.MILLISECONDS));
    });

    suite.check("[6.2.10] lazy acknowledgement takes all messages away in the end", client -> {
      JMSContext context = client.context();
      Queue queue = context.createQueue(Client.name());
      for (int i = 0; i < 50; i++) context.createProducer().send(queue, "m" + i);
      JMSContext lazy = client.context(JMSContext.DUPS_OK_ACKNOWLEDGE);
      Client.nextTexts(lazy.createConsumer(queue), 50);
      lazy.close();
      Client.nothing(context.createConsumer(queue));
    });

    suite.check("presettled links deliver without acknowledgement", client -> {
      JMSContext context = client.context(JMSContext.AUTO_ACKNOWLEDGE, null, "&jms.presettlePolicy.presettleAll=true");
      Queue queue = context.createQueue(Client.name());
      JMSConsumer consumer = context.createConsumer(queue);
      context.createProducer().send(queue, "quick");
      Client.equal("quick", Client.nextText(consumer));
    });

    suite.check("a message is refused by the client's redelivery policy when it has come too often", client -> {
      JmsConnectionFactory factory = client.factory("&jms.redeliveryPolicy.maxRedeliveries=1&jms.redeliveryPolicy.outcome=REJECTED");
      Connection connection = client.connect(factory, null);
      JMSContext context = client.context();
      Queue queue = context.createQueue(Client.name());
      context.createProducer().send(queue, "poison").send(queue, "food");
      jakarta.jms.Session session = connection.createSession(jakarta.jms.Session.CLIENT_ACKNOWLEDGE);
      jakarta.jms.MessageConsumer consumer = session.createConsumer(queue);
      for (int i = 0; i < 2; i++) {
        Client.equal("poison", Client.nextText(consumer));
        session.recover();
      }
      Client.equal("food", Client.nextText(consumer));
    });

    suite.check("[6.2.10] asynchronous sends are completed when the server has the message", client -> {
      JMSContext context = client.context();
      Queue queue = context.createQueue(Client.name());
      BlockingQueue<String> completed = new LinkedBlockingQueue<>();
      jakarta.jms.CompletionListener listener = new jakarta.jms.CompletionListener() {
        @Override
        public void onCompletion(Message message) {
          completed.add(QueueChecks.bodyOf(message));
        }

        @Override
        public void onException(Message message, Exception failure) {
          completed.add(failure.toString());
        }
      };
      for (int i = 0; i < 20; i++) context.createProducer().setAsync(listener).send(queue, "m" + i);
      for (int i = 0; i < 20; i++) Client.equal("m" + i, completed.poll(Client.COMES_MS_MAX, TimeUnit.MILLISECONDS));
      Client.equal(List.of("m0", "m1"), Client.nextTexts(context.createConsumer(queue), 2));
    });
  }
}
